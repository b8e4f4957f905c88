import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { Deadline } from '../../pipelines/aws/deadline.ts';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { decodeChange } from '../../pipelines/stream/decode.ts';
import { handleInKeyOrder } from '../../pipelines/stream/key-ordered-batch.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { feed } from './feed.ts';
import { median, quantile } from './statistics.ts';
import { insertsOf, superstoreOrders } from './superstore-records.ts';

const RECORDS = 5_000;
const ROUNDS = 15;
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
  const records = insertsOf(await superstoreOrders(RECORDS, 0));
  const rounds: { unmarshall: number; steps: Record<Step, number> }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const figures = { unmarshall: await costOf(records, unmarshallEach), steps: await stepsOf(records) };
    if (round > 0) rounds.push(figures);
  }
  return {
    unmarshallMicroseconds: median(rounds.map(({ unmarshall: cost }) => cost)),
    steps: STEPS.map((step) => {
      const ratios = rounds.map(({ unmarshall: cost, steps }) => steps[step] / cost);
      return {
        step,
        microseconds: median(rounds.map(({ steps }) => steps[step])),
        ratio: median(ratios),
        quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      };
    }),
  };
}

const stepsOf = async (records: readonly DynamoDBRecord[]): Promise<Record<Step, number>> => ({
  'decode and validate': await costOf(records, async () => {
    for (const record of records) decodeChange(record);
  }),
  'group and route': await costOf(records, async () => {
    for (let from = 0; from < records.length; from += BATCH_SIZE) {
      using guard = new Deadline(INVOCATION_MS);
      await handleInKeyOrder(records.slice(from, from + BATCH_SIZE), orderEventsConsumer([]), guard);
    }
  }),
  'report the batch': await costOf(records, () =>
    feed(records, { batchSize: BATCH_SIZE, lanes: 1 }, () => orderEventsConsumer([])),
  ),
});

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
