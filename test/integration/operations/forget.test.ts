import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderItem, statusChange } from '../../../contracts/entities/order.ts';
import { UserId } from '../../../contracts/ids.ts';
import { accountsKey, openOrdersKey, writeRateKey } from '../../../contracts/limits.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { EXIT } from '../../../infra/ops/command-line/exit-codes.ts';
import { listActivity } from '../../../infra/ops/commands/activity.ts';
import { purge } from '../../../infra/ops/commands/dlq/purge.ts';
import { forget } from '../../../infra/ops/commands/forget.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { NotMailboxError } from '../../../pipelines/erasure/erase-mailboxes.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../../pipelines/order-events/order-handlers.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { deadLetterOf, objectCreated, onFailureOf } from '../../builders/dead-letters/dead-letters.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { verifiedAddress } from '../../builders/verified-address.ts';
import { deadLettered, opsTarget, readQueues, runCommand } from '../dead-letters/ops-target.ts';
import { localDynamoDb, localOpenSearch, localS3 } from '../parts/clients.ts';
import { createMailboxTable, createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { storedDocument } from '../search/stored-document.ts';

/** Nothing else here contains it. Each name, address and e-mail of the user does. */
const MARK = 'Zyxmark';
const SHIP_TO = {
  ...{ name: `Ada ${MARK}`, city: `${MARK}stadt`, postalCode: `${MARK}1`, state: `${MARK}land` },
  ...{ region: 'South', country: 'Germany' },
};
const ERASED_SHIP_TO = { name: '(erased)', city: '(erased)', region: 'South', country: 'Germany' };
const { signal } = new AbortController();
const openSearch = localOpenSearch();

let bucket: string;
let table: TestTable;
let target: OpsTarget;
let userId: UserId;
let orders: OrderItem[];
let published: number;

beforeAll(() => installIndices(openSearch, indexDefinitions));
beforeEach(async () => {
  bucket = `letters-${randomUUID()}`;
  await localS3().send(new CreateBucketCommand({ Bucket: bucket }));
  table = new TestTable(localDynamoDb(), await createTestTable(localDynamoDb()));
  target = await opsTarget(table.tableName, bucket);
  userId = UserId.parse(`u-${ulid()}`);
  orders = OrderStatus.options.map((status) =>
    OrderItem.parse(orderItem({ orderId: ulid(), userId, status, shipTo: SHIP_TO })),
  );
  await table.put(productItem({ sku: 'SKU-1', stock: 100, reserved: 0, received: 100 }));
  await table.put(user(), orderItem({ orderId: ulid(), userId: 'u-other' }));
  for (const order of orders) {
    await table.put(order);
    await handled(insertOf(order));
  }
  published = 0;
  target.sns.middlewareStack.add(
    (next) => (args) => {
      published += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
});

const broken = (order: OrderItem): OrderItem & object => Object.assign({}, order, { total: MARK });
const user = () => userItem({ userId, name: SHIP_TO.name, email: `ada@${MARK}.example` });
const handled = (record: unknown) =>
  orderEventsConsumer(orderHandlers({ ...target, ...target.resources, clock })).handle(
    decodeChange(record),
    signal,
  );
const run = (
  options: { dryRun?: boolean; openOrders?: boolean; unprocessed?: boolean; mailboxTable?: string } = {},
) =>
  runCommand(
    target,
    forget,
    { args: [userId] as [UserId], dryRun: false, openOrders: true, unprocessed: true, ...options },
    true,
  );
const queueOf = (consumer: ConsumerName) => target.resources.consumers[consumer].deadLetterQueueUrl;
const send = (body: object, queueUrl = queueOf('order-events')) =>
  target.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));
const put = (item: object, TableName: string) =>
  target.dynamoDb.send(new PutItemCommand({ TableName, Item: marshall(item) }));

/** One copy of the user's data in each place that may have one. */
async function copies(): Promise<void> {
  const { mailboxTableName = '', idempotencyTableName, parkedDeadLettersUrl } = target.resources;
  const [first, second, third] = orders;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no orders');
  await put(verifiedAddress(userId, user().email), mailboxTableName);
  const token = { id: 'token', requestHash: 'hash', expiresAt: 4_102_444_800 };
  await put({ ...token, response: JSON.stringify(first) }, idempotencyTableName);
  const { email: _, ...view } = { ...user(), segment: MARK };
  await put({ ...token, id: 'user-token', response: JSON.stringify(view) }, idempotencyTableName);
  await deadLettered(target, 'order-events', insertOf(broken(first)));
  await deadLettered(target, 'search-index', insertOf(user()));
  await runCommand(target, purge, { parked: false, args: [], dryRun: false, yes: true }, true);
  await deadLettered(target, 'order-events', insertOf(broken(second)));
  const key = `records/order-events/${randomUUID()}.json`;
  const { record, ...attributes } = { record: undefined, ...deadLetterOf(insertOf(third)) };
  await target.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(record) }));
  await send({ ...attributes, recordAt: { bucket, key } });
  await send(deadLetterOf(insertOf(third), { consumer: 'search-index' }), parkedDeadLettersUrl);
  await send(deadLetterOf(insertOf(orderItem({ orderId: ulid(), userId: 'u-other' }))));
  await readQueues(target);
}

async function itemsOf(tableName: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const { Items = [] } of paginateScan({ client: target.dynamoDb }, { TableName: tableName }))
    items.push(...Items.map((item) => unmarshall(item)));
  return items;
}

/** Everything that the system holds outside of the index. */
async function everything(): Promise<string> {
  const { tableName, operationsTableName, idempotencyTableName, mailboxTableName = '' } = target.resources;
  const tables = await Promise.all(
    [tableName, operationsTableName, idempotencyTableName, mailboxTableName].map(itemsOf),
  );
  const { Contents = [] } = await target.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const urls = Object.values(target.resources.consumers).map(({ deadLetterQueueUrl }) => deadLetterQueueUrl);
  const messages = await Promise.all(
    [...urls, target.resources.parkedDeadLettersUrl].map((QueueUrl) =>
      target.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 })),
    ),
  );
  const bodies = messages.map(({ Messages = [] }) => Messages.map(({ Body }) => Body).toSorted());
  return JSON.stringify([tables, Contents.map(({ Key }) => Key), bodies]);
}
const orderNow = async ({ pk, sk }: OrderItem) => OrderItem.parse(await table.get({ pk, sk }));
/** What of the table money and stock follow from. */
const figures = async () =>
  (await table.all()).filter(({ entityType }) => ['Product', 'DailyStats'].includes(entityType));

describe('ops forget', () => {
  it('leaves no name, address or e-mail of the user anywhere, and says how many it erased', async () => {
    await copies();
    const { code, text } = await run();
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.ok,
      { users: 1, orders: 6, mailboxItems: 1, responses: 2, deadLetters: 3, endedDeadLetters: 2 },
    ]);
    const left = await everything();
    expect(left).not.toContain(MARK);
    // What is of others stays.
    expect(left).toContain('u-other');
    expect(left).toContain('"id":"token"');
  });

  it('prints and records no personal data, and says who did it and when', async () => {
    await copies();
    const { text } = await run();
    const { text: activity } = await runCommand(target, listActivity, { limit: 1 }, true);
    for (const one of [text, activity]) for (const part of [MARK, userId]) expect(one).not.toContain(part);
    expect(JSON.parse(activity)).toMatchObject({
      entries: [{ by: 'ada', action: 'forget', outcome: 'done', target: expect.stringMatching(/^sha256:/) }],
    });
  });

  it('keeps the orders, and neither event, stock nor stats follow from the change', async () => {
    await run();
    const before = await figures();
    for (const order of orders) {
      const erased = await orderNow(order);
      expect(erased).toEqual({
        ...order,
        shipTo: ERASED_SHIP_TO,
        version: order.version + 1,
        updatedAt: expect.any(String),
      });
      await handled(modifyOf(order, erased));
    }
    expect([await figures(), published]).toEqual([before, 0]);
  });

  it('takes the user out of the index, and their name out of the documents of orders', async () => {
    const index = new SearchIndex({ client: openSearch, emailHash: emailHashes });
    const indexed = (record: unknown) => index.handle(decodeChange(record), signal);
    const [order] = orders;
    if (order === undefined) throw new Error('no order');
    await indexed(insertOf(user()));
    await indexed(insertOf(order));
    await run();
    await indexed(removeOf(user()));
    await indexed(modifyOf(order, await orderNow(order)));
    expect(await storedDocument(openSearch, 'users', userId)).toBeUndefined();
    const stored = JSON.stringify(await storedDocument(openSearch, 'orders', order.orderId));
    expect(stored).toContain('(erased)');
    expect(stored).not.toContain(MARK);
  });

  it('counts the same in a dry run, and changes nothing', async () => {
    await copies();
    const before = await everything();
    // What was looked at is hidden for a moment.
    await expect.poll(async () => (await run({ dryRun: true })).code).toBe(EXIT.ok);
    const { code, text } = await run({ dryRun: true });
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.ok,
      {
        dryRun: true,
        users: 1,
        orders: 6,
        mailboxItems: 1,
        responses: 2,
        deadLetters: 3,
        endedDeadLetters: 2,
      },
    ]);
    expect(await everything()).toBe(before);
  });

  it('erases nothing while orders are not final, unless it is told to', async () => {
    await copies();
    const { code, text } = await run({ openOrders: false });
    expect([code, JSON.parse(text)]).toMatchObject([EXIT.differs, { remaining: { openOrders: 3 } }]);
    expect(await Promise.all(orders.map(orderNow))).toEqual(orders);
    expect(await table.get(user())).toBeDefined();
  });

  it.each([
    ['of a status that is not final', { total: 'many' }],
    ['without a status', { status: undefined }],
  ])('erases nothing while the only open order is a malformed one %s', async (_, wrong) => {
    const [placed, ...others] = orders;
    for (const order of others) await table.put({ ...order, ...statusChange(order, 'delivered') });
    await table.put({ ...placed, ...wrong });
    const { code, text } = await run({ openOrders: false });
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.differs,
      { isRefused: true, remaining: { openOrders: 1, malformedOrders: 1 } },
    ]);
    expect(await table.get(user())).toBeDefined();
  });

  it('is not stopped by a malformed order of a final status, which it counts', async () => {
    for (const order of orders)
      await table.put({ ...order, ...statusChange(order, 'delivered'), total: 'many' });
    const { text } = await run({ openOrders: false });
    expect(JSON.parse(text)).toMatchObject({
      ...{ isRefused: false, remaining: { openOrders: 0, malformedOrders: orders.length } },
    });
    expect(await table.get(user())).toBeUndefined();
  });

  it('erases nothing while a change of the user waits on a queue of order-events, unless it is told to', async () => {
    await copies();
    const before = await table.all();
    const { code, text } = await run({ unprocessed: false });
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.differs,
      { isRefused: true, deadLetters: 1, remaining: { unprocessedChanges: 2 } },
    ]);
    expect(await table.all()).toEqual(before);
    const { text: left } = await run({ dryRun: true });
    expect(JSON.parse(left)).toMatchObject({ mailboxItems: 1, responses: 2, deadLetters: 3 });
  });

  it('erases nothing while another reader hides a message, which may be a change of the user', async () => {
    await send(deadLetterOf(insertOf(orderItem({ orderId: ulid(), userId }))));
    const QueueUrl = queueOf('order-events');
    await target.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600, WaitTimeSeconds: 5 }),
    );
    const before = await table.all();
    const { code, text } = await run({ unprocessed: false });
    expect([code, JSON.parse(text)]).toMatchObject([
      1,
      { isRefused: true, remaining: { hiddenMessages: 1, unprocessedChanges: 0 } },
    ]);
    expect(await table.all()).toEqual(before);
  });

  it('purges the dead letters of the index without being told to, and none of a user whose id begins with this one', async () => {
    const other = { userId: `${userId}2`, orderId: ulid() };
    await send(deadLetterOf(insertOf(orderItem(other))));
    await send(deadLetterOf(insertOf(user()), { consumer: 'search-index' }), queueOf('search-index'));
    const { code, text } = await run({ unprocessed: false });
    expect([code, JSON.parse(text)]).toMatchObject([EXIT.ok, { deadLetters: 1 }]);
    expect(await everything()).toContain(other.orderId);
  });

  it.each<[string, () => Promise<void>]>([
    [
      'whose object may not be read',
      async () => {
        const key = `records/order-events/${randomUUID()}.json`;
        const { record: _, ...attributes } = { record: undefined, ...deadLetterOf(insertOf(user())) };
        await send({ ...attributes, recordAt: { bucket, key } });
        target.s3.middlewareStack.add(
          (next, { commandName }) =>
            (args) =>
              commandName === 'GetObjectCommand' ? Promise.reject(new Error('AccessDenied')) : next(args),
          { step: 'initialize' },
        );
      },
    ],
    [
      'on the parking queue that names no consumer',
      async () => {
        await send(
          objectCreated(bucket, `aws/lambda/${randomUUID()}`),
          target.resources.parkedDeadLettersUrl,
        );
      },
    ],
    [
      'whose batch has another payload',
      async () => {
        const key = `aws/lambda/${randomUUID()}`;
        const Body = JSON.stringify({ ...onFailureOf({ batchSize: 2 }), payload: `{"Records":"${MARK}"}` });
        await target.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
        await send(objectCreated(bucket, key));
      },
    ],
  ])('says that it did not read a dead letter %s', async (_, sent) => {
    await sent();
    const { code, text } = await run();
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.differs,
      { isRefused: false, users: 1, remaining: { unreadDeadLetters: 1, sharedDeadLetters: 0 } },
    ]);
  });

  it('ends well where the object of a dead letter is no longer there', async () => {
    const { record: _, ...attributes } = { record: undefined, ...deadLetterOf(insertOf(user())) };
    await send({ ...attributes, recordAt: { bucket, key: `records/order-events/${randomUUID()}.json` } });
    expect((await run()).code).toBe(EXIT.ok);
  });

  it('goes on where a remembered response expires meanwhile', async () => {
    await copies();
    const tokenTable = target.resources.idempotencyTableName;
    target.dynamoDb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UpdateItemCommand' && JSON.stringify(args).includes('user-token'))
            await target.dynamoDb.send(
              new DeleteItemCommand({ TableName: tokenTable, Key: marshall({ id: 'user-token' }) }),
            );
          return next(args);
        },
      { step: 'initialize' },
    );
    const { code, text } = await run();
    expect([code, JSON.parse(text)]).toMatchObject([EXIT.ok, { responses: 1 }]);
    expect(await everything()).not.toContain(MARK);
  });

  it('deletes what counts against the limits of the user, but for the list of open orders while one is open, and that of accounts', async () => {
    const tableName = target.resources.idempotencyTableName;
    const lists = [openOrdersKey(userId), accountsKey(userId)].map((key) => ({ ...key, ids: ['one'] }));
    for (const item of [...lists, { ...writeRateKey(userId), fullAtMs: 1 }]) await put(item, tableName);
    expect(JSON.parse((await run()).text)).toMatchObject({ limits: 1 });
    for (const order of orders)
      await table.put({ ...(await orderNow(order)), ...statusChange(order, 'delivered') });
    expect(JSON.parse((await run()).text)).toMatchObject({ limits: 1 });
    expect(await itemsOf(tableName)).toEqual([lists[1]]);
  });

  it('erases the mailbox that a stack kept when its mails were switched off, where it is named, and otherwise says that it stays', async () => {
    await copies();
    const { mailboxTableName: mailboxTable = '', ...resources } = target.resources;
    target = { ...target, resources };
    const without = await run();
    expect(JSON.parse(without.text)).toMatchObject({
      ...{ mailboxItems: 0, kept: expect.arrayContaining([expect.stringContaining('--mailbox-table')]) },
    });
    const { text } = await run({ mailboxTable });
    expect(JSON.parse(text)).toMatchObject({ mailboxItems: 1 });
    expect(text).not.toContain('--mailbox-table');
    expect(await itemsOf(mailboxTable)).toEqual([]);
  });

  it('erases the kept mailbox beside that of the stack, and each item once', async () => {
    const { mailboxTableName = '' } = target.resources;
    const mailboxTable = await createMailboxTable(target.dynamoDb);
    for (const name of [mailboxTableName, mailboxTable])
      await put(verifiedAddress(userId, user().email), name);
    expect(JSON.parse((await run({ mailboxTable, dryRun: true })).text)).toMatchObject({ mailboxItems: 2 });
    expect(JSON.parse((await run({ mailboxTable: mailboxTableName })).text)).toMatchObject({
      mailboxItems: 1,
    });
    expect(JSON.parse((await run({ mailboxTable })).text)).toMatchObject({ mailboxItems: 1 });
  });

  it('says that the named table holds nothing of the user, also where the mailbox of the stack does', async () => {
    const { mailboxTableName = '' } = target.resources;
    const mailboxTable = await createMailboxTable(target.dynamoDb);
    await put(verifiedAddress(userId, user().email), mailboxTableName);
    const { text } = await run({ mailboxTable, dryRun: true });
    expect(JSON.parse(text)).toMatchObject({ mailboxItems: 1, emptyMailboxTables: [mailboxTable] });
    expect(text).not.toContain('--mailbox-table');
  });

  it('erases nothing where the table that is named is no mailbox, such as that of the orders', async () => {
    const before = await table.all();
    await expect(run({ mailboxTable: table.tableName })).rejects.toThrow(NotMailboxError);
    expect(await table.all()).toEqual(before);
  });

  it('finds nothing the second time', async () => {
    await copies();
    await run();
    const after = await figures();
    // What was looked at is hidden for a moment.
    await expect.poll(async () => (await run({ dryRun: true })).code).toBe(EXIT.ok);
    const { code, text } = await run();
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.ok,
      { users: 0, orders: 0, mailboxItems: 0, responses: 0, deadLetters: 0, endedDeadLetters: 0 },
    ]);
    expect(await figures()).toEqual(after);
  });

  it('erases an order that another writer changes meanwhile, and keeps that change', async () => {
    const [order] = orders;
    if (order === undefined) throw new Error('no order');
    let isChanged = false;
    target.dynamoDb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (
            commandName === 'TransactWriteItemsCommand' &&
            !isChanged &&
            JSON.stringify(args).includes(order.sk)
          ) {
            isChanged = true;
            await table.put({ ...order, version: order.version + 1, sourceId: 'changed' });
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    await run();
    expect(await orderNow(order)).toMatchObject({
      ...{ shipTo: ERASED_SHIP_TO, version: order.version + 2, sourceId: 'changed' },
    });
  });

  it('names what a person must do: a malformed order, and a batch with records of others', async () => {
    await table.put({ ...orders[0], total: 'many' });
    const key = `aws/lambda/${randomUUID()}`;
    const records = [insertOf({ ...user() }), insertOf(orderItem({ userId: 'u-other' }))];
    const batch = JSON.stringify(onFailureOf({ batchSize: 2 }, { Records: records }));
    await target.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: batch }));
    await send(objectCreated(bucket, key));
    const { code, text } = await run();
    expect([code, JSON.parse(text)]).toMatchObject([
      EXIT.differs,
      { orders: 5, remaining: { malformedOrders: 1, sharedDeadLetters: 1 } },
    ]);
  });
});
