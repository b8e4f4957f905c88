import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { Deadline } from '../../pipelines/aws/deadline.ts';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { decodeChange } from '../../pipelines/stream/decode.ts';
import { delivered } from '../../pipelines/stream/delivered-record.ts';
import { handleInKeyOrder } from '../../pipelines/stream/key-ordered-batch.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { feed } from './feed.ts';
import { median, quantile } from './statistics.ts';
import { insertsOf, superstoreOrders } from './superstore-records.ts';

const RECORDS = 5_000;
/** Rounds before the figures count: until then the compiler's own threads work too, and code that it has not compiled yet runs. */
const WARM_UP_ROUNDS = 15;
const ROUNDS = 31;
const { batchSize: BATCH_SIZE } = consumerSettings('order-events');
const INVOCATION_MS = 60_000;

/** What is done to a record before any sink; each step does what the one before it does. */
const STEPS = ['decode and validate', 'group and route', 'report the batch'] as const;
type Step = (typeof STEPS)[number];

/** What a step costs the processor, in microseconds a record, and beside `unmarshall` alone: medians of the rounds. */
export interface StepCost {
  readonly step: Step;
  readonly microseconds: number;
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
}

export interface RecordCost {
  readonly unmarshallMicroseconds: number;
  readonly steps: readonly StepCost[];
}

/**
 * Measures what the pipeline adds to a record before any sink, beside `unmarshall` of its image alone: the processor's own
 * time, which other programs on the machine do not add to.
 */
export async function measureRecordCost(): Promise<RecordCost> {
  // Through JSON, as Lambda's runtime hands an event over.
  const records: readonly DynamoDBRecord[] = JSON.parse(
    JSON.stringify(insertsOf(await superstoreOrders(RECORDS, 0))),
  );
  const rounds: Costs[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const costs = await roundOf(records, round);
    if (round >= WARM_UP_ROUNDS) rounds.push(costs);
  }
  return {
    unmarshallMicroseconds: median(rounds.map(({ unmarshall: cost }) => cost)),
    steps: STEPS.map((step) => {
      const ratios = rounds.map((costs) => costs[step] / costs.unmarshall);
      return {
        step,
        microseconds: median(rounds.map((costs) => costs[step])),
        ratio: median(ratios),
        quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      };
    }),
  };
}

type Costs = Record<'unmarshall' | Step, number>;

const SIDES: readonly (readonly [keyof Costs, (records: readonly DynamoDBRecord[]) => Promise<void>])[] = [
  ['unmarshall', unmarshallEach],
  [
    'decode and validate',
    async (records) => {
      for (const record of records) decodeChange(record);
    },
  ],
  [
    'group and route',
    async (records) => {
      for (let from = 0; from < records.length; from += BATCH_SIZE) {
        using guard = new Deadline(INVOCATION_MS);
        const batch = records.slice(from, from + BATCH_SIZE).map(delivered);
        await handleInKeyOrder(batch, orderEventsConsumer([]), guard);
      }
    },
  ],
  [
    'report the batch',
    (records) => feed(records, { batchSize: BATCH_SIZE, lanes: 1 }, () => orderEventsConsumer([])),
  ],
];

/** Each round begins with another side: what one leaves to the garbage collector, the next one pays. */
async function roundOf(records: readonly DynamoDBRecord[], round: number): Promise<Costs> {
  const costs: Costs = {
    unmarshall: 0,
    'decode and validate': 0,
    'group and route': 0,
    'report the batch': 0,
  };
  const first = round % SIDES.length;
  for (const [side, work] of [...SIDES.slice(first), ...SIDES.slice(0, first)])
    costs[side] = await costOf(records, work);
  return costs;
}

async function unmarshallEach(records: readonly DynamoDBRecord[]): Promise<void> {
  for (const { dynamodb } of records) unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>);
}

async function costOf(
  records: readonly DynamoDBRecord[],
  work: (records: readonly DynamoDBRecord[]) => Promise<void>,
): Promise<number> {
  const before = process.cpuUsage();
  await work(records);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records.length;
}
