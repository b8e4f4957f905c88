import { readFileSync } from 'node:fs';
import type { Client } from '@opensearch-project/opensearch';
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ProductPage } from '../../../contracts/api/products.ts';
import { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { LOW_STOCK_MAX, type ProductItem, productKey } from '../../../contracts/entities/product.ts';
import { notificationId } from '../../../contracts/events/order-notification.ts';
import { Sku } from '../../../contracts/ids.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { parse, parseJson } from '../../../contracts/reading.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import {
  type BatchPublisher,
  OrderNotifications,
  OrderTopic,
} from '../../../pipelines/order-events/notification/order-topic.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { verify } from '../../../pipelines/reconciliation/verify.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex, searchIndexConsumer } from '../../../pipelines/search/indexing/search-index.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { consumeBatch, keptDeadLetters, reported, sequenceOf } from '../../builders/stream/stream-batch.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderPageIn, productIn, startWriteApi, type WriteApi } from '../api/write-api.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { TestTable } from '../parts/table-items.ts';

const RecordedItem = z.looseObject({ pk: z.string(), sk: z.string() });
/** A line of the recording: an item of the table, a stream record in flight, or the id of an event that was published. */
const Recorded = z.union([
  z.strictObject({ item: RecordedItem }),
  z.strictObject({
    record: z.discriminatedUnion('eventName', [
      z.strictObject({ eventName: z.literal('INSERT'), newImage: RecordedItem }),
      z.strictObject({ eventName: z.literal('MODIFY'), oldImage: RecordedItem, newImage: RecordedItem }),
      z.strictObject({ eventName: z.literal('REMOVE'), oldImage: RecordedItem }),
    ]),
  }),
  z.strictObject({ published: z.string() }),
]);

/**
 * The system of the version before, 77088b7, at the moment in which `kill -9` ended it: its table, the records after the checkpoint
 * of the slower consumer, and the ids of the events on a subscriber's queue. Consumers had processed some of the records.
 */
const recorded = readFileSync(new URL('version-before.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => parseJson(Recorded, line));
const items = recorded.flatMap((line) => ('item' in line ? [line.item] : []));
const records = recorded.flatMap((line) => ('record' in line ? [line.record] : []));
const published = recorded.flatMap((line) => ('published' in line ? [line.published] : []));
const inFlight: readonly DynamoDBRecord[] = records.map((record) => {
  if (record.eventName === 'INSERT') return insertOf(record.newImage);
  return record.eventName === 'REMOVE'
    ? removeOf(record.oldImage)
    : modifyOf(record.oldImage, record.newImage);
});

const RECORDED_DAYS = { from: '2026-11-20', to: '2026-11-28' };
const dynamoDb = localDynamoDb();
const { signal } = new AbortController();

let openSearch: Client;
let api: WriteApi;
let table: TestTable;
/** The ids of the events that this version publishes. */
let events: Set<string>;
let deadLetters: ReturnType<typeof keptDeadLetters>;
/** The items of the table whose changes were delivered, by their keys. */
let known: Map<string, StreamedItem>;

type StreamedItem = Extract<TableItem, { entityType: 'Order' | 'Product' | 'User' }>;
const isStreamed = (item: TableItem): item is StreamedItem =>
  ['Order', 'Product', 'User'].includes(item.entityType);
const streamedItems = async (): Promise<StreamedItem[]> => (await table.all()).filter(isStreamed);
const idOf = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

// A node of its own: the documents of other files are of no table of this one.
beforeAll(async () => {
  const own = await ownOpenSearch();
  openSearch = own.client;
  return own.stop;
});

/** Starts this version on the recorded table, with the documents that the version before wrote. */
async function upgraded(): Promise<void> {
  api = await startWriteApi(dynamoDb);
  table = new TestTable(dynamoDb, api.deps.tableName);
  events = new Set();
  deadLetters = keptDeadLetters();
  await Promise.all(items.map((item) => table.put(item)));
  await openSearch.indices.delete({ index: '*' });
  await installIndices(openSearch, indexDefinitions);
  const search = new SearchIndex({ emailHash: emailHashes, client: openSearch });
  const before = records.flatMap((record) => ('oldImage' in record ? [record.oldImage] : []));
  const documents = [...before, ...items].map((item) => parse(TableItem, item)).filter(isStreamed);
  await Promise.all(documents.map((item) => search.handle(currentChange(item), signal)));
  known = new Map((await streamedItems()).map((item) => [idOf(item), item]));
}

const sns: BatchPublisher = {
  send: async ({ input: { PublishBatchRequestEntries = [] } }) => {
    for (const { Message = '' } of PublishBatchRequestEntries)
      events.add(parseJson(z.looseObject({ id: z.string() }), Message).id);
    return { Successful: PublishBatchRequestEntries.map(({ Id }) => ({ Id, MessageId: '1' })), Failed: [] };
  },
};

/** Delivers a batch to both consumers, and again what they report, until they report nothing. */
async function deliver(batch: readonly DynamoDBRecord[]): Promise<void> {
  const deps = { dynamoDb, tableName: table.tableName, clock: systemClock };
  const consumers = [
    orderEventsConsumer([
      new OrderNotifications({
        topic: new OrderTopic({ sns, topicArn: 'topic', publications: { record: async () => undefined } }),
      }),
      new OrderInventory(deps),
      new OrderAnalytics({ ...deps, statsParts: 4 }),
    ]),
    searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client: openSearch })),
  ];
  for (const consumer of consumers) {
    for (let remaining = batch; remaining.length > 0; ) {
      const again = new Set(reported(await consumeBatch(remaining, { consumer, deadLetters })));
      remaining = remaining.filter((record) => again.has(sequenceOf(record)));
    }
  }
}

/** Delivers what was written to the table since, by the consumers too, until nothing is. */
async function settled(): Promise<void> {
  for (let batch: DynamoDBRecord[] | undefined; batch?.length !== 0; await deliver(batch)) {
    batch = [];
    for (const item of await streamedItems()) {
      const before = known.get(idOf(item));
      if (before === undefined) batch.push(insertOf(item));
      else if (before.version !== item.version) batch.push(modifyOf(before, item));
      known.set(idOf(item), item);
    }
  }
}

/** What `ops verify` reports, and the items that violate their contract. */
async function differences(): Promise<readonly unknown[]> {
  const { checks, malformed } = await verify(
    { dynamoDb, tableName: table.tableName, openSearch, emailHash: emailHashes, clock: systemClock },
    { segments: 2, rounds: 3, recheckMs: 10, signal },
  );
  return [...checks.flatMap(({ findings, inconclusive }) => [...findings, ...inconclusive]), ...malformed];
}

const orders = async (): Promise<readonly OrderItem[]> =>
  (await table.all()).filter((item) => item.entityType === 'Order');
const products = async (): Promise<readonly ProductItem[]> =>
  (await table.all()).filter((item) => item.entityType === 'Product');

/** An order in a status that may be changed, from before this version. */
async function anOrder(status: OrderStatus): Promise<OrderItem> {
  const found = (await orders()).find(
    (order) => order.status === status && order.GSI1PK === `STATUS#${status}`,
  );
  return found ?? expect.fail(`no order is ${status}`);
}

/** All ids of a list of orders, page by page. */
async function listed(status: OrderStatus): Promise<string[]> {
  const ids: string[] = [];
  let nextToken: string | undefined;
  do {
    const query = { status, ...RECORDED_DAYS, limit: '7', ...(nextToken !== undefined && { nextToken }) };
    const page = orderPageIn(await api.listOrdersByStatus({ query }));
    ids.push(...page.orders.map(({ orderId }) => orderId));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return ids.toSorted();
}

describe('the records that the version before left in flight', () => {
  beforeEach(upgraded);

  it.each([
    ['in order', [inFlight]],
    ['one by one', inFlight.map((record) => [record])],
    ['twice', [inFlight, inFlight]],
    ['the newest first', inFlight.toReversed().map((record) => [record])],
    [
      'in two halves, the second first and again',
      [inFlight.slice(20), inFlight.slice(0, 20), inFlight.slice(20)],
    ],
  ])('leave no difference and no dead letter when delivered %s', async (_, batches) => {
    for (const batch of batches) await deliver(batch);
    await settled();
    expect(await differences()).toEqual([]);
    expect(deadLetters.deadLetterMessages).toEqual([]);
    for (const { stock, reserved, received } of await products()) expect(stock + reserved).toBe(received);
  });

  it('lead to one event for each counted version, under the ids of the version before', async () => {
    await deliver(inFlight);
    await settled();
    const counted = (await table.all()).flatMap((item) =>
      item.entityType === 'Tally'
        ? (item.versions ?? []).flatMap(({ version, notification }) =>
            notification === undefined ? [] : [notificationId(item.orderId, version, notification)],
          )
        : [],
    );
    expect(new Set([...published, ...events])).toEqual(new Set(counted));
  });
});

describe('the data of the version before', () => {
  beforeAll(async () => {
    await upgraded();
    await deliver(inFlight);
    await settled();
  });

  it('lists each order once, under its status', async () => {
    for (const status of OrderStatus.options) {
      const ids = (await orders()).filter((order) => order.status === status).map(({ orderId }) => orderId);
      expect(await listed(status)).toEqual(ids.toSorted());
    }
  });

  it.each([
    ['placed', 'confirmed'],
    ['placed', 'cancelled'],
    ['confirmed', 'shipped'],
    ['shipped', 'delivered'],
  ] as const)('takes an order from %s to %s', async (from, status) => {
    const order = await anOrder(from);
    const path = { userId: order.userId, orderId: order.orderId };
    expect(await api.changeOrderStatus({ path, body: { status } })).toMatchObject({ status: 200 });
    await settled();
    expect(await listed(from)).not.toContain(order.orderId);
    expect(await listed(status)).toContain(order.orderId);
    expect(await differences()).toEqual([]);
  });

  it('lists each product with low stock once', async () => {
    const { body } = await api.listLowStock({ query: { stockBelow: String(LOW_STOCK_MAX), limit: '100' } });
    const low = (await products()).filter(({ stock }) => stock < LOW_STOCK_MAX).map(({ sku }) => sku);
    expect(parse(ProductPage, body).products.map(({ sku }) => sku)).toHaveLength(low.length);
    expect(new Set(parse(ProductPage, body).products.map(({ sku }) => sku))).toEqual(new Set(low));
  });

  it.each(['LAMP', 'MUG', 'NONE'])('takes a receipt of %s', async (sku) => {
    const product = (await products()).find((one) => one.sku === sku) ?? expect.fail();
    const answer = await api.receiveStock({ path: { sku }, body: { quantity: 200 } });
    expect(productIn(answer)).toMatchObject({ stock: product.stock + 200, received: product.received + 200 });
    await settled();
    expect(await differences()).toEqual([]);
  });

  it('leaves the index of low stock with the next order for a product with plenty', async () => {
    const UNSOLD = productKey(parse(Sku, 'UNSOLD'));
    expect(await table.get(UNSOLD)).toHaveProperty('GSI2PK');
    const answer = await api.createOrder({
      path: { userId: 'ada' },
      body: {
        lines: [{ sku: 'UNSOLD', quantity: 1 }],
        shipTo: { name: 'ada example', city: 'Dresden', country: 'Germany' },
      },
    });
    expect(answer.status).toBe(201);
    await settled();
    expect(await table.get(UNSOLD)).not.toHaveProperty('GSI2PK');
    expect(await differences()).toEqual([]);
  });
});
