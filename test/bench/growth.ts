import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
import { createOperationsTable, createTestTable } from '../integration/parts/table.ts';
import * as orderEvents from './drain-order-events.ts';
import * as searchIndex from './drain-search-index.ts';
import { onRealParts } from './real-parts.ts';
import { median, slope } from './statistics.ts';
import { insertsOf, requestOf, superstoreOrders } from './superstore-records.ts';

/** 1x, 10x and 100x. */
const ORDERS = [30, 300, 3_000] as const;
const { lanes: LANES } = consumerSettings('order-events');
const SEGMENTS = 4;
const SAMPLE_MS = 5;
const BATCH_WRITE_MAX = 25;
const BYTES_PER_MIB = 1_048_576;
/** What takes less than this is measured often, and the median counts. */
const SHORT_MS = 2_000;
const REPEATS = 5;

/** What one size took. */
interface Measured {
  readonly orders: number;
  readonly ms: number;
  /** What the heap held at most beyond what it held before, in MiB. */
  readonly heapMiB: number;
}

/** How a task grows: `time` and `memory` are the exponents k of n^k, by least squares over the sizes; 1 is linear. */
export interface Growth {
  readonly task: string;
  readonly sizes: readonly Measured[];
  readonly exponents: { readonly time: number; readonly memory: number };
}

type Work = () => Promise<unknown> | unknown;

/** Measures time and memory of what walks over all orders, at 1x, 10x and 100x of them. */
export const measureGrowth = (): Promise<readonly Growth[]> =>
  onRealParts(async ({ dynamoDb, sns, openSearch, topicArn }) => {
    const tasks = new Map<string, Measured[]>();
    const note = async (task: string, orders: number, work: Work, repeats = 1): Promise<void> => {
      const measured = await measure(work, repeats);
      tasks.set(task, [...(tasks.get(task) ?? []), { orders, ...measured }]);
    };
    // The first pass over the smallest size warms everything up.
    for (const [pass, count] of [ORDERS[0], ...ORDERS].entries()) {
      if (pass === 1) tasks.clear();
      await openSearch.indices.delete({ index: '*' });
      await installIndices(openSearch, indexDefinitions);
      const orders = await superstoreOrders(count, pass);
      const tableName = await createTestTable(dynamoDb);
      const operationsTableName = await createOperationsTable(dynamoDb);
      const sinks = { dynamoDb, sns, tableName, topicArn, operationsTableName };
      await fill(sinks, orders, openSearch);
      const records = insertsOf(orders);
      await note('decode', count, () => records.map(decodeChange), REPEATS);
      await note('order-events, all effects', count, () =>
        orderEvents.throughConsumer(sinks, records, LANES),
      );
      await note('search-index', count, () => searchIndex.throughConsumer(openSearch, records, LANES));
      await note('verify', count, () => verifyAll(dynamoDb, tableName, openSearch), REPEATS);
    }
    return [...tasks].map(([task, sizes]) => ({
      task,
      sizes,
      exponents: {
        time: exponent(sizes.map(({ orders, ms }) => [orders, ms])),
        memory: exponent(sizes.map(({ orders, heapMiB }) => [orders, heapMiB])),
      },
    }));
  });

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

async function measure(work: Work, repeats: number): Promise<Omit<Measured, 'orders'>> {
  const all: Omit<Measured, 'orders'>[] = [];
  for (let round = 0; round < repeats; round += 1) {
    all.push(await measureOnce(work));
    if ((all[0]?.ms ?? 0) > SHORT_MS) break;
  }
  return { ms: median(all.map(({ ms }) => ms)), heapMiB: median(all.map(({ heapMiB }) => heapMiB)) };
}

async function measureOnce(work: Work): Promise<Omit<Measured, 'orders'>> {
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
    return { ms, heapMiB: (most - before) / BYTES_PER_MIB };
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
