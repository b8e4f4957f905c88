import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderTimeline } from '../../../contracts/api/timeline.ts';
import { type OrderItem, OrderItem as OrderItemSchema } from '../../../contracts/entities/order.ts';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { orderMailsKey } from '../../../contracts/order-mails/mail-entry.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { ORDER_TOPIC, SinkUnavailableError } from '../../../pipelines/aws/sink-errors.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { FailureLog } from '../../../pipelines/operations/failures.ts';
import { Publications } from '../../../pipelines/operations/publications.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import { eventsOf, type PublisherSettings } from '../../../pipelines/order-events/notification/publishers.ts';
import { Mailbox } from '../../../pipelines/order-mails/mailbox.ts';
import { NotFoundError } from '../../../pipelines/request-errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { orderTimeline } from '../../../pipelines/timeline/order-timeline.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createMailboxTable, createOperationsTable, createTestTable } from '../parts/table.ts';
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
  maximumRecordAgeSeconds: number;
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
  deps = { ...operations, store: new DeadLetterStore(operations), maximumRecordAgeSeconds: 21_600 };
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
      events: [
        {
          publisher: 'order-lifecycle',
          id: `${placed.orderId}.${placed.version}.order.placed`,
          type: 'order.placed',
          publication: PENDING,
        },
      ],
      stock: PENDING,
      stats: { state: 'done' },
      search: { state: 'done' },
      mail: { state: 'none' },
    },
    {
      version: confirmed.version,
      at: confirmed.updatedAt,
      status: 'confirmed',
      events: [
        {
          publisher: 'order-lifecycle',
          id: `${placed.orderId}.${confirmed.version}.order.status-changed`,
          type: 'order.status-changed',
          publication: PENDING,
        },
      ],
      stock: { state: 'none' },
      stats: { state: 'done', at: expect.any(String) },
      search: { state: 'done' },
      mail: { state: 'none' },
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
      ...{ events: [{ publication: PENDING }], stock: PENDING, stats: PENDING, search: PENDING },
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
  expect(versions.map(({ status, events }) => [status, ...events.map(({ type }) => type)])).toEqual([
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

describe('of an order of high value', () => {
  const settings = { highValueThreshold: 1 };
  const events = async (order: OrderItem, given: PublisherSettings) => {
    const { versions } = await orderTimeline(
      { ...deps, ...given, tableName: table.tableName, openSearch },
      order,
    );
    return versions.map((version) => version.events);
  };
  const highValue = (placed: OrderItem, publication: object) => ({
    publisher: 'high-value',
    id: `${placed.orderId}.${placed.version}.order.high-value`,
    type: 'order.high-value',
    publication,
  });

  it('has the event of each publisher, and what became of it', async () => {
    const placed = newOrder();
    await table.put(placed);
    const [event = expect.fail('no event')] = eventsOf(orderChange(insertOf(placed)), settings);
    await new Publications(deps).record([{ event, messageId: 'message-1' }], signal);
    expect(await events(placed, settings)).toMatchObject([
      [{ publisher: 'order-lifecycle', publication: { state: 'done' } }, highValue(placed, PENDING)],
    ]);
  });

  it('has the events that its version had when it was counted, whatever the threshold is now', async () => {
    const placed = newOrder();
    const confirmed = withStatus(placed, 'confirmed');
    await table.put(confirmed);
    const counting = new OrderAnalytics({
      ...{ dynamoDb, tableName: table.tableName, clock: systemClock },
      ...settings,
    });
    await counting.handle(orderChange(insertOf(placed)), signal);
    await counting.handle(orderChange(modifyOf(placed, confirmed)), signal);
    expect(await events(placed, { highValueThreshold: 0 })).toMatchObject([
      [{ publisher: 'order-lifecycle' }, highValue(placed, PENDING)],
      [{ publisher: 'order-lifecycle', type: 'order.status-changed' }],
    ]);
  });
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

describe('the publication of an event', () => {
  const publicationsOf = async (order: OrderItem) =>
    (await timelineOf(order)).versions.flatMap(({ events }) => events.map(({ publication }) => publication));
  const own = ({ pk, sk }: OrderItem) => ({ pk, sk });

  it('is done once the publication is recorded, with its time and its message', async () => {
    const placed = newOrder();
    await table.put(placed);
    const event = lifecycleEvent(orderChange(insertOf(placed))) ?? expect.fail('no event');
    await new Publications(deps).record([{ event, messageId: 'message-1' }], signal);
    const { versions } = await timelineOf(placed);
    expect(versions).toMatchObject([
      {
        events: [
          {
            ...{ id: event.id, messageId: 'message-1' },
            publication: { state: 'done', at: new Date(now).toISOString() },
          },
        ],
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
    expect(versions).toMatchObject([
      { events: [{ publication: { state: 'dead-lettered', id } }], search: PENDING },
    ]);
    expect(deadLetters).toMatchObject([{ id, order: { orderId: placed.orderId } }]);
  });

  it('is unknown once its record is no longer retried and nothing is known of it', async () => {
    const placed = newOrder();
    await table.put(placed);
    now += 6 * 3_600_000;
    expect(await publicationsOf(placed)).toEqual([{ state: 'unknown' }]);
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
    expect(await publicationsOf(placed)).toEqual([
      {
        ...{ state: 'retrying', since: new Date(now).toISOString(), attempt: 2 },
        ...{ code: 'topic-missing', message: 'The order topic does not exist' },
        until: new Date(recordAt.getTime() + 6 * 3_600_000).toISOString(),
      },
    ]);
    await failures.write({ first: undefined, handled: [first.eventId] }, signal);
    expect(await publicationsOf(placed)).toEqual([PENDING]);
  });
});

describe('the mail of an event', () => {
  let mailboxTableName: string;
  let mailbox: Mailbox;
  beforeAll(async () => {
    mailboxTableName = await createMailboxTable(dynamoDb);
    mailbox = new Mailbox({ dynamoDb, tableName: mailboxTableName, clock: { ...systemClock, ...clock } });
  });
  const confirm = async () => {
    const placed = newOrder();
    const order = withStatus(placed, 'confirmed');
    await analytics.handle(orderChange(insertOf(placed)), signal);
    await table.put(order);
    const event = lifecycleEvent(orderChange(modifyOf(placed, order))) ?? expect.fail('no event');
    return { placed, order, event };
  };
  const publish = (event: OrderNotification) =>
    new Publications(deps).record([{ event, messageId: 'message-1' }], signal);
  const mailOf = async (order: OrderItem) => {
    const known = { ...deps, mailboxTableName, tableName: table.tableName, openSearch };
    const { versions } = await orderTimeline(known, order);
    const [placed, ...changed] = versions.map(({ mail }) => mail);
    expect(placed).toEqual({ state: 'none' });
    return changed;
  };
  const lease = () => ({ messageId: 'message-1', leaseUntil: new Date(now + 60_000) });
  const halfAnHour = 1_800_000;

  it('waits as long as its event waits', async () => {
    const { order } = await confirm();
    expect(await mailOf(order)).toEqual([PENDING]);
  });

  it('is pending from the publication until its message is a dead letter, then unknown', async () => {
    const { order, event } = await confirm();
    await publish(event);
    await mailbox.claim(event, lease());
    now += halfAnHour;
    expect(await mailOf(order)).toEqual([PENDING]);
    now += 1;
    expect(await mailOf(order)).toEqual([{ state: 'unknown' }]);
  });

  it('is done once SES has accepted it, also where the publication is no longer kept', async () => {
    const { order, event } = await confirm();
    await mailbox.claim(event, lease());
    await mailbox.noteSent(event, 'ses-1');
    expect(await mailOf(order)).toEqual([{ state: 'done', at: new Date(now).toISOString() }]);
  });

  it.each([
    [{ state: 'suppressed', reason: 'unsubscribed' }, 'unsubscribed'],
    [{ state: 'no-recipient' }, 'no-recipient'],
  ] as const)('is suppressed where the mailbox has %o', async (unsent, reason) => {
    const { order, event } = await confirm();
    await publish(event);
    await mailbox.noteUnsent(event, unsent);
    expect(await mailOf(order)).toEqual([{ state: 'suppressed', reason }]);
  });

  it('is unknown where an entry of the mailbox violates its contract', async () => {
    const { order, event } = await confirm();
    await mailbox.claim(event, lease());
    const { pk, sk } = orderMailsKey(order);
    await dynamoDb.send(
      new PutItemCommand({ TableName: mailboxTableName, Item: marshall({ pk, sk: `${sk}later` }) }),
    );
    expect(await mailOf(order)).toEqual([{ state: 'unknown' }]);
  });

  it('is that of its own version', async () => {
    const { placed, order: confirmed, event } = await confirm();
    const shipped = withStatus(confirmed, 'shipped');
    await analytics.handle(orderChange(modifyOf(placed, confirmed)), signal);
    await table.put(shipped);
    await mailbox.claim(event, lease());
    await mailbox.noteSent(event, 'ses-1');
    expect(await mailOf(shipped)).toMatchObject([{ state: 'done' }, PENDING]);
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
    versions: [{ version: placed.version, status: 'placed', events: [{ publication: PENDING }] }],
  });
  expect(timeline).not.toHaveProperty('order');
});
