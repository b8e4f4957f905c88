import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderTimeline } from '../../../contracts/api/timeline.ts';
import { type OrderItem, OrderItem as OrderItemSchema } from '../../../contracts/entities/order.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { ORDER_TOPIC, SinkUnavailableError } from '../../../pipelines/aws/sink-errors.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { FailureLog } from '../../../pipelines/operations/failures.ts';
import { Publications } from '../../../pipelines/operations/publications.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { notificationOf } from '../../../pipelines/order-events/notification/order-notification.ts';
import { NotFoundError } from '../../../pipelines/request-errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { orderTimeline } from '../../../pipelines/timeline/order-timeline.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createOperationsTable, createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const { signal } = new AbortController();
const openSearch = localOpenSearch();
const dynamoDb = localDynamoDb();
let table: TestTable;
let analytics: OrderAnalytics;
let deps: {
  dynamoDb: typeof dynamoDb;
  operationsTableName: string;
  store: DeadLetterStore;
  clock: typeof clock;
};
let now = Date.now();
const clock = { now: () => new Date(now) };
const timelineOf = ({ userId, orderId }: Pick<OrderItem, 'userId' | 'orderId'>, client = openSearch) =>
  orderTimeline({ ...deps, tableName: table.tableName, openSearch: client }, { userId, orderId });
const newOrder = () => OrderItemSchema.parse(orderItem({ orderId: ulid() }));
const PENDING = { state: 'pending' };

beforeEach(() => {
  // Right after the orders of these tests were written.
  now = Date.parse(newOrder().updatedAt) + 1_000;
});
beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  const operations = { dynamoDb, operationsTableName: await createOperationsTable(dynamoDb), clock };
  deps = { ...operations, store: new DeadLetterStore(operations) };
  analytics = new OrderAnalytics({ dynamoDb, tableName: table.tableName, clock: systemClock });
  await installIndices(openSearch, indexDefinitions);
});

it('has each version that was counted with the notification that it brings about', async () => {
  const placed = newOrder();
  const confirmed = withStatus(placed, 'confirmed');
  await table.put(confirmed);
  // Both at once: the second alone decides what the stats hold.
  await Promise.all([
    analytics.handle(orderChange(insertOf(placed)), signal),
    analytics.handle(orderChange(modifyOf(placed, confirmed)), signal),
  ]);
  const index = new SearchIndex({ emailHash: emailHashes, client: openSearch });
  await index.handle(orderChange(insertOf(confirmed)), signal);
  const timeline = await timelineOf(placed);
  expect(OrderTimeline.parse(timeline)).toEqual(timeline);
  expect(timeline.versions).toEqual([
    {
      version: placed.version,
      at: placed.updatedAt,
      status: 'placed',
      notification: { id: `${placed.orderId}.${placed.version}.order.placed`, type: 'order.placed' },
      topic: PENDING,
      stock: PENDING,
      stats: { state: 'done' },
      search: { state: 'done' },
      mail: { state: 'unknown' },
    },
    {
      version: confirmed.version,
      at: confirmed.updatedAt,
      status: 'confirmed',
      topic: PENDING,
      stock: { state: 'none' },
      stats: { state: 'done', at: expect.any(String) },
      search: { state: 'done' },
      mail: { state: 'unknown' },
      notification: {
        id: `${placed.orderId}.${confirmed.version}.order.status-changed`,
        type: 'order.status-changed',
      },
    },
  ]);
  expect(timeline.document).toMatchObject({ state: 'indexed', version: confirmed.version });
});

it('has a version of which no effect is there yet', async () => {
  const placed = newOrder();
  await table.put(placed);
  const { versions, document } = await timelineOf(placed);
  expect(versions).toMatchObject([
    {
      ...{ version: placed.version, at: placed.updatedAt, status: 'placed' },
      ...{ topic: PENDING, stock: PENDING, stats: PENDING, search: PENDING },
    },
  ]);
  expect(document).toEqual({ state: 'absent' });
});

it('continues after the order was removed', async () => {
  const placed = newOrder();
  await analytics.handle(orderChange(insertOf(placed)), signal);
  await analytics.handle(orderChange(removeOf(placed)), signal);
  const { order, versions } = await timelineOf(placed);
  expect(order).toBeUndefined();
  expect(versions.map(({ status, notification }) => [status, notification?.type])).toEqual([
    ['placed', 'order.placed'],
    [undefined, 'order.removed'],
  ]);
});

it('remembers the last twenty versions', async () => {
  let order = newOrder();
  await analytics.handle(orderChange(insertOf(order)), signal);
  const first = order.version;
  for (let change = 0; change < 25; change += 1) {
    const next = withStatus(order, order.status === 'placed' ? 'confirmed' : 'placed');
    await analytics.handle(orderChange(modifyOf(order, next)), signal);
    order = next;
  }
  await table.put(order);
  const { versions } = await timelineOf(order);
  expect(versions.map(({ version }) => version - first)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
});

it("is not found where no order is, nor under another user's path", async () => {
  const placed = newOrder();
  await table.put(placed);
  await analytics.handle(orderChange(insertOf(placed)), signal);
  const { orderId } = placed;
  await expect(timelineOf({ userId: UserId.parse('another'), orderId })).rejects.toThrow(NotFoundError);
  const missing = OrderId.parse(ulid());
  await expect(timelineOf({ userId: placed.userId, orderId: missing })).rejects.toThrow(NotFoundError);
});

describe('the effect on the topic', () => {
  const topicOf = async (order: OrderItem) => (await timelineOf(order)).versions.map(({ topic }) => topic);
  const own = ({ pk, sk }: OrderItem) => ({ pk, sk });

  it('is done once the publication is recorded, with its time and its message', async () => {
    const placed = newOrder();
    await table.put(placed);
    const event = notificationOf(orderChange(insertOf(placed))) ?? expect.fail('no event');
    await new Publications(deps).record([{ event, messageId: 'message-1' }], signal);
    const { versions } = await timelineOf(placed);
    expect(versions).toMatchObject([
      {
        notification: { id: event.id, messageId: 'message-1' },
        topic: { state: 'done', at: new Date(now).toISOString() },
      },
    ]);
  });

  it('is a dead letter by its id', async () => {
    const placed = newOrder();
    await table.put(placed);
    const id = deadLetterIdOf('order-events', placed.orderId);
    const begun = await deps.store.begin(
      {
        ...{ id, consumer: 'order-events', kind: 'record', entity: 'Order', key: own(placed) },
        reason: { code: 'sink-refused', message: 'The order topic refused the event', issues: [] },
        ...{ records: 1, attempts: 1, firstSeenAt: placed.updatedAt, failedAt: placed.updatedAt },
      },
      { by: 'order-events', outcome: 'failed', code: 'sink-refused' },
    );
    await deps.store.queued(begun, 'waiting');
    const { versions, deadLetters } = await timelineOf(placed);
    expect(versions).toMatchObject([{ topic: { state: 'dead-lettered', id }, search: PENDING }]);
    expect(deadLetters).toMatchObject([{ id, order: { orderId: placed.orderId } }]);
  });

  it('is unknown once its record is no longer retried and nothing is known of it', async () => {
    const placed = newOrder();
    await table.put(placed);
    now += 6 * 3_600_000;
    expect(await topicOf(placed)).toEqual([{ state: 'unknown' }]);
  });

  it('is retried while the topic is missing, with the attempt, the cause and until when', async () => {
    const placed = newOrder();
    await table.put(placed);
    const failures = new FailureLog({
      ...deps,
      consumer: 'order-events',
      logger: { warn: () => expect.fail('not written') },
    });
    const recordAt = new Date(Date.parse(placed.updatedAt) - 1_000);
    const error = new SinkUnavailableError(ORDER_TOPIC, 'missing');
    const first = { eventId: ulid(), key: own(placed), recordAt, error, records: 1 };
    await failures.write({ first, handled: [] }, signal);
    await failures.write({ first, handled: [] }, signal);
    expect(await topicOf(placed)).toEqual([
      {
        ...{ state: 'retrying', since: new Date(now).toISOString(), attempt: 2 },
        ...{ code: 'topic-missing', message: 'The order topic does not exist' },
        until: new Date(recordAt.getTime() + 6 * 3_600_000).toISOString(),
      },
    ]);
    await failures.write({ first: undefined, handled: [first.eventId] }, signal);
    expect(await topicOf(placed)).toEqual([PENDING]);
  });
});

it('shows a malformed order as it is in the table, what is wrong with it, and what to do', async () => {
  const placed = newOrder();
  const item = { ...placed, total: 'many' };
  await table.put(item);
  const timeline = await timelineOf(placed);
  expect(timeline).toMatchObject({
    malformed: {
      item,
      issues: expect.arrayContaining([expect.objectContaining({ path: 'total' })]),
      remedy: expect.stringContaining('dlq fix'),
    },
    versions: [{ version: placed.version, status: 'placed', topic: PENDING }],
  });
  expect(timeline).not.toHaveProperty('order');
});
