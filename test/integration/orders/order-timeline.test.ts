import { ulid } from 'ulid';
import { beforeAll, expect, it } from 'vitest';
import { OrderTimeline } from '../../../contracts/api/operators.ts';
import { type OrderItem, OrderItem as OrderItemSchema } from '../../../contracts/entities/order.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { orderTimeline } from '../../../pipelines/orders/order-timeline.ts';
import { NotFoundError } from '../../../pipelines/request-errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const { signal } = new AbortController();
const openSearch = localOpenSearch();
const dynamoDb = localDynamoDb();
let table: TestTable;
let analytics: OrderAnalytics;
const timelineOf = ({ userId, orderId }: Pick<OrderItem, 'userId' | 'orderId'>, client = openSearch) =>
  orderTimeline({ dynamoDb, tableName: table.tableName, openSearch: client }, { userId, orderId });
const newOrder = () => OrderItemSchema.parse(orderItem({ orderId: ulid() }));

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
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
  const index = new SearchIndex({ client: openSearch });
  await index.handle(orderChange(insertOf(confirmed)), signal);
  const timeline = await timelineOf(placed);
  expect(OrderTimeline.parse(timeline)).toEqual(timeline);
  expect(timeline.versions).toEqual([
    {
      version: placed.version,
      at: placed.updatedAt,
      status: 'placed',
      isCounted: true,
      notification: { id: `${placed.orderId}.${placed.version}.order.placed`, type: 'order.placed' },
    },
    {
      version: confirmed.version,
      at: confirmed.updatedAt,
      status: 'confirmed',
      isCounted: true,
      notification: {
        id: `${placed.orderId}.${confirmed.version}.order.status-changed`,
        type: 'order.status-changed',
      },
    },
  ]);
  expect(timeline.document).toMatchObject({ state: 'indexed', version: confirmed.version });
});

it('has a version that is not counted yet, whose notification is unknown', async () => {
  const placed = newOrder();
  await table.put(placed);
  const { versions, document } = await timelineOf(placed);
  expect(versions).toEqual([
    { version: placed.version, at: placed.updatedAt, status: 'placed', isCounted: false },
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
