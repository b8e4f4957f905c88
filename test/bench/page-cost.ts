import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import * as z from 'zod';
import { ListOrdersByStatusQuery } from '../../contracts/api/orders.ts';
import { LowStockQuery } from '../../contracts/api/products.ts';
import { OrderItem, statusKey } from '../../contracts/entities/order.ts';
import { STOCK_PARTITION_KEYS } from '../../contracts/entities/product.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { listOrdersByStatus } from '../../pipelines/orders/list-orders-by-status.ts';
import { listLowStock } from '../../pipelines/products/list-low-stock.ts';
import { pageTokens } from '../builders/page-tokens.ts';
import {
  orderItem,
  orderLine,
  productItem,
  STATUS_PARTITIONS,
  unnumbered,
} from '../builders/values/items.ts';
import { createTestTable } from '../integration/parts/table.ts';
import { TestTable } from '../integration/parts/table-items.ts';

/** A little more than the pages hold. */
const ITEMS = 210;
const PAGES = 10;
const PAGE_SIZE = 20;
const DAY = '2026-03-10';
const FIRST_MS = Date.parse(`${DAY}T10:00:00.000Z`);
const SECOND_MS = 1_000;
/** What an eventually consistent Query takes at least. DynamoDB Local reports nothing for one that finds nothing. */
const UNITS_MIN = 0.5;
const Metered = z.object({ ConsumedCapacity: z.object({ CapacityUnits: z.number() }) });

/** What a page of 20 items takes, on the mean of ten pages. */
export interface PageCost {
  readonly list: 'orders by status' | 'low stock';
  /** Where the items are. */
  readonly spread: string;
  readonly readUnits: number;
  readonly queries: number;
  /** Read units, by those of a Query of 21 items of one partition. */
  readonly ratio: number;
}

/** The read units and Query requests of a client since it was last asked. */
type Meter = () => { readUnits: number; queries: number };

/**
 * Counts the read units of pages on a DynamoDB Local, as `ReturnConsumedCapacity` has them. A Query that is eventually
 * consistent takes half a unit for each 4 KB of all its items together.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html.
 *
 * @param dynamoDb A client of the measurement's own.
 */
export async function measurePageCost(
  dynamoDb: DynamoDBClient,
  statusPartitions: readonly number[],
): Promise<readonly PageCost[]> {
  const meter = metered(dynamoDb);
  const older = await orderTable(dynamoDb, unnumbered);
  const one = await onePartition(older, meter, { index: 'GSI1', partition: 'STATUS#placed' });
  const costs: PageCost[] = [];
  for (const partitions of statusPartitions) {
    const table = await orderTable(dynamoDb, (order) =>
      OrderItem.parse({ ...order, ...statusKey(order, partitions) }),
    );
    costs.push(await ordersCost(table, meter, { partitions, one, spread: `${partitions} partitions` }));
  }
  const spread = `1 without a number, ${STATUS_PARTITIONS} empty`;
  costs.push(await ordersCost(older, meter, { partitions: STATUS_PARTITIONS, one, spread }));
  return [...costs, await lowStockCost(dynamoDb, meter)];
}

function metered(dynamoDb: DynamoDBClient): Meter {
  let [readUnits, queries] = [0, 0];
  dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'QueryCommand') return next(args);
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity: consumed } = Metered.parse(result.output);
        readUnits += Math.max(consumed.CapacityUnits, UNITS_MIN);
        queries += 1;
        return result;
      },
    { step: 'initialize' },
  );
  return () => {
    const since = { readUnits, queries };
    [readUnits, queries] = [0, 0];
    return since;
  };
}

/** Orders of one a second, of two lines and some 0.6 KB each. */
async function orderTable(
  dynamoDb: DynamoDBClient,
  written: (order: OrderItem) => OrderItem,
): Promise<TestTable> {
  const table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  const orders = Array.from({ length: ITEMS }, (_, index) => {
    const at = FIRST_MS + index * SECOND_MS;
    const lines = [orderLine(), orderLine({ sku: 'SKU-2', name: 'Oak table' })];
    return written(orderItem({ orderId: ulid(at), createdAt: new Date(at).toISOString(), lines }));
  });
  await Promise.all(orders.map((order) => table.put(order)));
  return table;
}

async function ordersCost(
  { dynamoDb, tableName }: TestTable,
  meter: Meter,
  { partitions, one, spread }: { partitions: number; one: number; spread: string },
): Promise<PageCost> {
  const deps = { ...depsOf(dynamoDb, tableName), statusPartitions: partitions };
  const cost = await ofPages(meter, async (nextToken) => {
    const query = { status: 'placed', from: DAY, to: DAY, limit: String(PAGE_SIZE), nextToken };
    return listOrdersByStatus(deps, { ...ListOrdersByStatusQuery.parse(query), caller: 'bench' });
  });
  return { list: 'orders by status', spread, ...cost, ratio: cost.readUnits / one };
}

async function lowStockCost(dynamoDb: DynamoDBClient, meter: Meter): Promise<PageCost> {
  const table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  const products = Array.from({ length: ITEMS }, (_, index) =>
    productItem({ sku: `SKU-${index}`, stock: Math.floor(index / 3), received: Math.floor(index / 3) }),
  );
  await Promise.all(products.map((product) => table.put(product)));
  const [partition = ''] = STOCK_PARTITION_KEYS;
  const one = await onePartition(table, meter, { index: 'GSI2', partition });
  const deps = depsOf(dynamoDb, table.tableName);
  const cost = await ofPages(meter, async (nextToken) => {
    const query = LowStockQuery.parse({ stockBelow: '100', limit: String(PAGE_SIZE), nextToken });
    return listLowStock(deps, { query, caller: 'bench' });
  });
  const spread = `${STOCK_PARTITION_KEYS.length} partitions`;
  return { list: 'low stock', spread, ...cost, ratio: cost.readUnits / one };
}

const depsOf = (dynamoDb: DynamoDBClient, tableName: string) => ({
  dynamoDb,
  tableName,
  pageTokens: pageTokens(),
  clock: systemClock,
  logger: console,
});

async function ofPages(
  meter: Meter,
  page: (nextToken: string | undefined) => Promise<{ readonly nextToken?: string | undefined }>,
): Promise<{ readUnits: number; queries: number }> {
  let nextToken: string | undefined;
  meter();
  for (let read = 0; read < PAGES; read += 1) ({ nextToken } = await page(nextToken));
  const { readUnits, queries } = meter();
  return { readUnits: readUnits / PAGES, queries: queries / PAGES };
}

/** What a Query takes that reads a page of one partition, and the item after it. */
async function onePartition(
  { dynamoDb, tableName }: TestTable,
  meter: Meter,
  { index, partition }: { index: 'GSI1' | 'GSI2'; partition: string },
): Promise<number> {
  meter();
  await dynamoDb.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index,
      KeyConditionExpression: `${index}PK = :partition`,
      ExpressionAttributeValues: marshall({ ':partition': partition }),
      Limit: PAGE_SIZE + 1,
    }),
  );
  return meter().readUnits;
}
