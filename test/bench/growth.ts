import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { indexDefinitions } from '../../handlers/deploy/index-definitions.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { verify } from '../../pipelines/reconciliation/verify.ts';
import { installIndices } from '../../pipelines/search/admin/install-indices.ts';
import { decodeChange } from '../../pipelines/stream/decode.ts';
import { emailHashes } from '../builders/email-hash.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { insertOf } from '../builders/stream/stream-record.ts';
import { productItem } from '../builders/values/items.ts';
import * as orderEvents from './drain-order-events.ts';
import * as searchIndex from './drain-search-index.ts';
import { startModelTable } from './model-table/model-table.ts';
import { onRealParts, type RealParts } from './real-parts.ts';
import { median, slope } from './statistics.ts';
import { insertsOf, repeatedOrders, requestOf } from './superstore-records.ts';

/** 1x, 10x and 100x. Of fewer, what OpenSearch does each second would be in the last size alone. */
const ORDERS = [500, 5_000, 50_000] as const;
const TABLE = 'growth';
const OPERATIONS_TABLE = 'growth-operations';
const { lanes: LANES } = consumerSettings('order-events');
const SEGMENTS = 4;
const SAMPLE_MS = 5;
const BATCH_WRITE_MAX = 25;
const BYTES_PER_MIB = 1_048_576;
/** What takes less than this is measured more often; the median counts. */
const SHORT_MS = 5_000;
const REPEATS = 5;
const REPEATS_OF_LONG = 3;
/** What is held for a moment between two looks cannot be measured, and has no logarithm. */
const HEAP_MIN = 0.1;

/** What one size took. */
interface Measured {
  readonly orders: number;
  readonly ms: number;
  /** What the heap held at most beyond what it held before, in MiB. */
  readonly heapMiB: number;
}

/** How a task grows: `time` and `memory` are the exponents k of n^k, by least squares over the sizes; 1 is linear. */
interface GrowthOfTask {
  readonly task: string;
  readonly sizes: readonly Measured[];
  readonly exponents: { readonly time: number; readonly memory: number };
}

/** How a task grows. `beside` is what its sink takes for the same without our code, where the sink itself grows. */
export interface Growth extends GrowthOfTask {
  readonly beside?: GrowthOfTask | undefined;
}

type Once = Omit<Measured, 'orders'>;
type Work = () => Promise<unknown> | unknown;

const TASKS = ['decode', 'order-events, all effects', 'search-index', 'verify'] as const;
type Task = (typeof TASKS)[number];
const BARE_BULK = 'bare bulk';
const BESIDE: Partial<Record<Task, typeof BARE_BULK>> = { 'search-index': BARE_BULK };
type Round = Readonly<Record<Task | typeof BARE_BULK, Once>>;

/** Measures time and memory of what walks over all orders, at 1x, 10x and 100x of them. */
export const measureGrowth = (): Promise<readonly Growth[]> =>
  onRealParts(async (parts) => {
    // The first pass over the smallest size warms everything up.
    await measureRounds(parts, ORDERS[0]);
    const sizes: (readonly [orders: number, rounds: readonly Round[]])[] = [];
    for (const orders of ORDERS) sizes.push([orders, await measureRounds(parts, orders)]);
    return TASKS.map((task) => {
      const beside = BESIDE[task];
      return { ...growthOf(task, sizes), ...(beside && { beside: growthOf(beside, sizes) }) };
    });
  });

function growthOf(
  task: keyof Round,
  rounds: readonly (readonly [orders: number, rounds: readonly Round[]])[],
): GrowthOfTask {
  const sizes = rounds.map(([orders, ofSize]) => ({
    orders,
    ms: median(ofSize.map((round) => round[task].ms)),
    heapMiB: median(ofSize.map((round) => round[task].heapMiB)),
  }));
  return {
    task,
    sizes,
    exponents: {
      time: exponent(sizes.map(({ orders, ms }) => [orders, ms])),
      memory: exponent(sizes.map(({ orders, heapMiB }) => [orders, heapMiB])),
    },
  };
}

async function measureRounds(parts: RealParts, orders: number): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let isLong = false; rounds.length < (isLong ? REPEATS_OF_LONG : REPEATS); ) {
    const round = await measureRound(parts, await repeatedOrders(orders, rounds.length));
    rounds.push(round);
    isLong = Object.values(round).some(({ ms }) => ms > SHORT_MS);
  }
  return rounds;
}

/** Effects happen once, so each round has a table and indices of its own. */
async function measureRound(
  { sns, openSearch, topicArn, dynamoDbOptions }: RealParts,
  orders: readonly OrderItem[],
): Promise<Round> {
  const records = insertsOf(orders);
  await emptyIndices(openSearch);
  const documents = searchIndex.documentsOf(records);
  const bareBulk = await measure(() => searchIndex.byBareBulk(openSearch, documents, LANES));
  await emptyIndices(openSearch);
  await using model = await startModelTable(TABLE, OPERATIONS_TABLE);
  const dynamoDb = new DynamoDBClient({ ...dynamoDbOptions, endpoint: model.endpoint });
  const sinks = { dynamoDb, sns, topicArn, tableName: TABLE, operationsTableName: OPERATIONS_TABLE };
  await fill(sinks, orders, openSearch);
  const round = {
    decode: await measure(() => records.map(decodeChange)),
    'order-events, all effects': await measure(() => orderEvents.throughConsumer(sinks, records, LANES)),
    'search-index': await measure(() => searchIndex.throughConsumer(openSearch, records, LANES)),
    verify: await measure(() => verifyAll(dynamoDb, TABLE, openSearch)),
    [BARE_BULK]: bareBulk,
  };
  dynamoDb.destroy();
  return round;
}

async function emptyIndices(openSearch: Client): Promise<void> {
  await openSearch.indices.delete({ index: '*' });
  await installIndices(openSearch, indexDefinitions);
}

/** The table as an import leaves it, before the stream's consumers had any of it; products are searched already. */
async function fill(
  sinks: orderEvents.OrderEventsSinks,
  orders: readonly OrderItem[],
  openSearch: Client,
): Promise<void> {
  const requested = requestOf(orders);
  await orderEvents.stockUp(sinks, requested);
  await searchIndex.throughConsumer(
    openSearch,
    [...requested].map(([sku, quantity]) =>
      insertOf(productItem({ sku, stock: quantity, reserved: 0, received: quantity })),
    ),
    LANES,
  );
  for (let from = 0; from < orders.length; from += BATCH_WRITE_MAX) {
    const puts = orders.slice(from, from + BATCH_WRITE_MAX).map((order) => ({
      PutRequest: { Item: marshall(order, { removeUndefinedValues: true }) },
    }));
    await sinks.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [sinks.tableName]: puts } }));
  }
}

async function verifyAll(dynamoDb: DynamoDBClient, tableName: string, openSearch: Client): Promise<void> {
  const { signal } = new AbortController();
  await openSearch.indices.refresh({ index: 'orders,products' });
  await verify(
    { dynamoDb, tableName, openSearch, emailHash: emailHashes, clock: systemClock },
    { segments: SEGMENTS, rounds: 1, recheckMs: 0, signal },
  );
}

async function measure(work: Work): Promise<Once> {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().heapUsed);
  };
  const sampling = setInterval(look, SAMPLE_MS);
  const startedAt = performance.now();
  try {
    await work();
    const ms = performance.now() - startedAt;
    look();
    return { ms, heapMiB: Math.max(HEAP_MIN, (most - before) / BYTES_PER_MIB) };
  } finally {
    clearInterval(sampling);
  }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** The slope of a line through the logarithms of the points. */
const exponent = (points: readonly (readonly [size: number, figure: number])[]): number =>
  slope(points.map(([size, figure]) => ({ x: Math.log(size), y: Math.log(figure) })));
