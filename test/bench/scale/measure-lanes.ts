import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { PublicationItem } from '../../../contracts/operations/operations-items.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../../pipelines/order-events/order-handlers.ts';
import { consumeBatch, keptLog, reported, sequenceOf } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { productItem } from '../../builders/values/items.ts';
import { Database, Underway } from '../../simulation/models/table.ts';
import { WRITE_UNITS_PER_PARTITION } from '../../simulation/models/write-capacity.ts';
import {
  OPERATIONS_SCHEMA,
  OPERATIONS_TABLE,
  simulatedSettings,
  TABLE,
  TABLE_SCHEMA,
} from '../../simulation/places.ts';
import { Dice } from '../../simulation/random.ts';
import { Scheduler } from '../../simulation/scheduler.ts';
import { useScheduler } from '../../simulation/virtual-time.ts';
import { type Distribution, ordersToday, skusOf } from './orders.ts';
import { plainLoop } from './plain-loop.ts';

/** What is measured: a consumer in so many lanes, each with an execution environment of its own. */
export interface LanesAsked {
  readonly consumer: 'order-events' | 'plain loop';
  readonly distribution: Distribution;
  readonly lanes: number;
  readonly ordersPerLane: number;
}

/** What was measured, in virtual time. */
export interface LanesMeasured extends LanesAsked {
  readonly ordersPerSecond: number;
  /** Transactions that met another one, for each that was committed. */
  readonly conflictsPerCommit: number;
  readonly deliveredAgainPerOrder: number;
  /** Of the table and its indexes. */
  readonly writeUnitsPerOrder: number;
  readonly requestsPerOrder: number;
  /** The most write units that one partition key took in a second, by index. */
  readonly hottest: Readonly<Record<string, { readonly key: string; readonly units: number }>>;
}

const NETWORK_MS = 2;
const READ_MS = 4;
const PUBLISH_MS = 8;
const BATCH_SIZE = 100;
const INVOCATION_MS = 60_000;
const INVOCATIONS_MAX = 10_000;
const STOCK = 1_000_000_000;
/** More than there are lanes. */
const STATS_PARTS = 256;
const MS_PER_SECOND = 1_000;
/** The limits and times of AWS, as docs/lab/scaling.md has them. */
export const LIMITS = {
  transactionMs: 4,
  transactionMsPerAction: 0.3,
  partitionWriteUnits: WRITE_UNITS_PER_PARTITION,
};

/** Runs the lanes until each of them has handled its orders. Virtual time must be installed; one run at a time. */
export async function measureLanes(asked: LanesAsked): Promise<LanesMeasured> {
  const scheduler = new Scheduler({ isRecording: false, stepsMax: Number.POSITIVE_INFINITY });
  useScheduler(scheduler, 1);
  const startMs = scheduler.nowMs;
  const database = new Database(
    () => scheduler.nowMs,
    () => undefined,
    LIMITS,
  );
  database.createTable(TABLE, TABLE_SCHEMA);
  database.createTable(OPERATIONS_TABLE, OPERATIONS_SCHEMA);
  for (const sku of await skusOf(asked.distribution)) {
    const product = productItem({ sku, stock: STOCK, received: STOCK });
    const image = marshall(product, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  }
  const counts = { requests: 0, commits: 0, conflicts: 0, again: 0 };
  const clients = clientsOf(database, scheduler, counts);
  const orders = await ordersToday(asked.distribution, asked.lanes * asked.ordersPerLane);
  let endedMs = startMs;
  const lane = async (records: readonly DynamoDBRecord[]): Promise<void> => {
    const invoke = asked.consumer === 'plain loop' ? plainLoop(clients) : ourConsumer(clients);
    let waiting = records;
    for (let invocation = 0; waiting.length > 0; invocation += 1) {
      if (invocation === INVOCATIONS_MAX)
        throw new RangeError(`Records failed for ${INVOCATIONS_MAX} invocations`);
      const batch = waiting.slice(0, BATCH_SIZE);
      const failed = new Set(reported(await invoke(batch)));
      // Lambda delivers from the first record that failed on.
      const first = batch.findIndex((record) => failed.has(sequenceOf(record)));
      const done = first === -1 ? batch.length : first;
      counts.again += batch.length - done;
      waiting = waiting.slice(done);
    }
    endedMs = Math.max(endedMs, scheduler.nowMicros / 1_000);
  };
  const failures: unknown[] = [];
  for (let n = 0; n < asked.lanes; n += 1) {
    const own = orders
      .slice(n * asked.ordersPerLane, (n + 1) * asked.ordersPerLane)
      .map((order) => insertOf(order));
    lane(own).catch((error: unknown) => failures.push(error));
  }
  await scheduler.run(() => failures.length > 0);
  if (failures.length > 0) throw failures[0];
  const { total, byPart, hottest } = database.written;
  const publications = byPart.get('Publication' satisfies PublicationItem['entityType']) ?? 0;
  return {
    ...asked,
    ordersPerSecond: orders.length / ((endedMs - startMs) / MS_PER_SECOND),
    conflictsPerCommit: counts.conflicts / counts.commits,
    deliveredAgainPerOrder: counts.again / orders.length,
    writeUnitsPerOrder: (total - publications) / orders.length,
    requestsPerOrder: counts.requests / orders.length,
    hottest: Object.fromEntries(hottest),
  };
}

type Invoke = (batch: readonly DynamoDBRecord[]) => Promise<PartialItemFailureResponse>;

export interface LaneClients {
  readonly dynamoDb: DynamoDBClient;
  readonly sns: SNSClient;
}

export function ourConsumer(clients: LaneClients): Invoke {
  const settings = simulatedSettings({
    orderRetentionDays: 0,
    statsParts: STATS_PARTS,
    highValueThreshold: 0,
  });
  const consumer = orderEventsConsumer(orderHandlers({ ...clients, ...settings, clock }));
  return (batch) => consumeBatch(batch, { consumer, logger: keptLog(), clock }, INVOCATION_MS);
}

interface Counts {
  requests: number;
  commits: number;
  conflicts: number;
}

export function clientsOf(database: Database, scheduler: Scheduler, counts: Counts): LaneClients {
  const after = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      scheduler.after(ms, 'network', resolve);
    });
  const dice = new Dice(1);
  const network = (): Promise<void> => after(NETWORK_MS * dice.spread(0.8, 1.25));
  const transact = async (command: TransactWriteItemsCommand): Promise<unknown> => {
    await network();
    try {
      const begun = database.begin(command);
      if (!(begun instanceof Underway)) return begun;
      await after(begun.ms);
      const response = begun.end();
      counts.commits += 1;
      return response;
    } catch (error) {
      if (error instanceof TransactionCanceledException) counts.conflicts += 1;
      throw error;
    } finally {
      await network();
    }
  };
  const dynamoDb = {
    send: async (command: unknown) => {
      counts.requests += 1;
      if (command instanceof TransactWriteItemsCommand) return transact(command);
      // The only writes without a transaction are the plain loop's.
      await after(READ_MS);
      return database.execute(command);
    },
  };
  const sns = {
    send: async (command: PublishBatchCommand) => {
      counts.requests += 1;
      await after(PUBLISH_MS);
      return { Successful: command.input.PublishBatchRequestEntries?.map(({ Id }) => ({ Id })) };
    },
  };
  // Only what the consumers call: one method of each client.
  return { dynamoDb, sns } as unknown as LaneClients;
}
