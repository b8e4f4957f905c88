import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOW_STOCK_MAX } from '../../../contracts/entities/product.ts';
import { Day, Instant, Sku, Version } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { deleteItem, putNew, updateItem } from '../../../pipelines/dynamodb/commit.ts';
import { Publications } from '../../../pipelines/operations/publications.ts';
import { addToStats } from '../../../pipelines/order-events/analytics/write-actions.ts';
import {
  changeStock,
  putReservation,
  rejectOrder,
} from '../../../pipelines/order-events/inventory/stock-table.ts';
import { clientThat } from '../../builders/model-table.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import { orderItem, orderLine, productItem, reservationItem } from '../../builders/values/items.ts';
import { Database } from '../../simulation/models/table.ts';
import { TABLE_SCHEMA } from '../../simulation/places.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createOperationsTable, createTestTable } from '../parts/table.ts';

const now = Instant.parse('2026-03-01T12:00:00.000Z');
const order = orderItem();
const confirmed = withStatus(order, 'confirmed');
const long = orderItem({
  orderId: '01KJMSY7G00000000000000002',
  lines: Array.from({ length: 30 }, (_, n) => orderLine({ sku: `SKU-${n}` })),
});
const plenty = productItem({ sku: 'PLENTY', stock: 500, received: 500 });
const scarce = productItem({ sku: 'SCARCE', stock: LOW_STOCK_MAX + 1, received: LOW_STOCK_MAX + 1 });
const stats = { now, firstVersion: Version.parse(1_000) };
const held = (sku: string, leavesPlenty: boolean) => ({ sku: Sku.parse(sku), held: 2, leavesPlenty });

/** The writes of an order's life, each as the pipelines make them. */
const WRITES: readonly (readonly [string, (table: string) => TransactWriteItem])[] = [
  ['a new order', (table) => putNew(table, order)],
  ['a new order of 30 lines', (table) => putNew(table, long)],
  ['a new product with plenty', (table) => putNew(table, plenty)],
  ['a new product with few more than low stock', (table) => putNew(table, scarce)],
  ['a reservation', (table) => putReservation(table, reservationItem(), undefined)],
  ['the stock of a product with plenty', (table) => changeStock(table, held('PLENTY', true), now)],
  ['the stock of a product that is low then', (table) => changeStock(table, held('SCARCE', false), now)],
  ['the stock of a product that is low', (table) => changeStock(table, held('SCARCE', false), now)],
  [
    'the stats',
    (table) => addToStats(table, { day: Day.parse('2026-03-01'), part: 3 }, { orders_placed: 1 }, stats),
  ],
  ['another status', (table) => updateItem(table, order, confirmed)],
  ['the rejection of a long order', (table) => rejectOrder(table, long, { now, ttl: undefined })],
  ['the removal of an order', (table) => deleteItem(table, confirmed)],
];

describe('the write units of the model', () => {
  const local = localDynamoDb();
  const database = new Database(Date.now, () => undefined);
  let tableName = '';

  beforeAll(async () => {
    tableName = await createTestTable(local);
    database.createTable(tableName, TABLE_SCHEMA);
  });

  // DynamoDB Local counts the complete transaction in a way of its own, so it makes the write alone: in a transaction the item
  // counts twice. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling.
  it('are those that DynamoDB Local reports for each write of an order, with the item itself twice', async () => {
    const modelled: (readonly [string, number])[] = [];
    const reported: typeof modelled = [];
    for (const [name, actionOf] of WRITES) {
      const action = actionOf(tableName);
      const before = database.written.total;
      database.execute(new TransactWriteItemsCommand({ TransactItems: [action] }));
      modelled.push([name, database.written.total - before]);
      reported.push([name, unitsIn(await alone(local, action))]);
    }
    expect(modelled).toEqual(reported);
  });
});

describe('the publications of a batch', () => {
  it('take one write unit of the operations table each, and none of the table', async () => {
    const local = localDynamoDb();
    const operationsTableName = await createOperationsTable(local);
    const events = Array.from({ length: 10 }, (_, n) =>
      notificationOfStatus('confirmed', { orderId: orderIdOf(n) }),
    );
    const units: unknown[] = [];
    const counting = clientThat(async ({ input }: BatchWriteItemCommand) => {
      const { ConsumedCapacity = [] } = await local.send(
        new BatchWriteItemCommand({ ...input, ReturnConsumedCapacity: 'TOTAL' }),
      );
      units.push(...ConsumedCapacity.map(({ TableName, CapacityUnits }) => [TableName, CapacityUnits]));
      return {};
    });
    const publications = new Publications({
      ...{ dynamoDb: counting, operationsTableName, clock: systemClock },
    });
    await publications.record(
      events.map((event) => ({ event, messageId: randomUUID() })),
      new AbortController().signal,
    );
    expect(units).toEqual([[operationsTableName, 10]]);
  });
});

/** Makes the write of an action without a transaction. */
async function alone(
  dynamoDb: DynamoDBClient,
  { Put, Update, Delete }: TransactWriteItem,
): Promise<ConsumedCapacity> {
  const { ReturnValuesOnConditionCheckFailure: _, ...write } =
    Put ?? Update ?? Delete ?? expect.fail('no write');
  const input = { ...write, ReturnConsumedCapacity: 'INDEXES' as const };
  const command = Put
    ? new PutItemCommand(input as PutItemCommandInput)
    : Update
      ? new UpdateItemCommand(input as UpdateItemCommandInput)
      : new DeleteItemCommand(input as DeleteItemCommandInput);
  const { ConsumedCapacity } = await dynamoDb.send(command as PutItemCommand);
  return ConsumedCapacity ?? expect.fail('no capacity');
}

const unitsIn = ({ Table, LocalSecondaryIndexes, GlobalSecondaryIndexes }: ConsumedCapacity): number =>
  Object.values({ ...LocalSecondaryIndexes, ...GlobalSecondaryIndexes }).reduce(
    (sum, { CapacityUnits = 0 }) => sum + CapacityUnits,
    2 * (Table?.CapacityUnits ?? 0),
  );
