import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { CountedIds, openOrdersKey } from '../../../contracts/limits.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { commit } from '../../../pipelines/dynamodb/commit.ts';
import { readItem } from '../../../pipelines/dynamodb/read-items.ts';
import { countOpenOrder, makeRoom } from '../../../pipelines/limits/open-orders.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { interruptedDynamoDb } from '../parts/interrupted-client.ts';
import { type Answer, newId, orderIn, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const shipTo = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };
const OPEN_ORDERS_MAX = 5;
const ACCOUNTS_MAX = 2;
const PIECES_MAX = 10;
const AT_ONCE = 240;
const staff = { sub: 'grace', scope: 'orders:write accounts:write' };

const client = interruptedDynamoDb();
let api: WriteApi;
let userId: string;
beforeAll(async () => {
  const limits = { orderPiecesMax: PIECES_MAX, openOrdersMax: OPEN_ORDERS_MAX, accountsMax: ACCOUNTS_MAX };
  api = await startWriteApi(client.dynamoDb, limits);
  await api.put(productItem({ sku: 'chair' }));
  await api.put(productItem({ sku: 'desk' }));
});
beforeEach(async () => {
  userId = newId('user');
  await api.put(userItem({ userId }));
});

const place = (caller: { sub: string; scope?: string } = { sub: userId }, by = api) =>
  by.createOrder({ path: { userId }, body: { lines: [{ sku: 'chair', quantity: 1 }], shipTo }, caller });
const placeMany = (count: number, by = api) =>
  Promise.all(Array.from({ length: count }, () => place({ sub: userId }, by)));
const cancel = (orderId: string) =>
  api.changeOrderStatus({
    path: { userId, orderId },
    body: { status: 'cancelled' },
    caller: { sub: userId },
  });
const isOpen = ({ status }: Record<string, unknown>) => status === 'placed' || status === 'confirmed';
const openOrders = async (by = api) => (await by.ordersOf(userId)).filter(isOpen);
const statusesOf = (answers: readonly Answer[]) =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, { length }]) => [status, length]),
  );
const counted = () =>
  readItem(client.dynamoDb, {
    tableName: api.deps.idempotencyTableName,
    key: openOrdersKey(UserId.parse(userId)),
    schema: CountedIds,
  });

describe('the open orders of a user', () => {
  it(`are no more than the limit after ${AT_ONCE} requests at once, and one more fits after a cancellation`, async () => {
    const answers = await placeMany(AT_ONCE);
    expect(statusesOf(answers)).toEqual({ 201: OPEN_ORDERS_MAX, 409: AT_ONCE - OPEN_ORDERS_MAX });
    const orders = await openOrders();
    expect(orders).toHaveLength(OPEN_ORDERS_MAX);
    expect((await cancel(String(orders[0]?.['orderId']))).status).toBe(200);
    expect(statusesOf(await placeMany(AT_ONCE))).toEqual({ 201: 1, 409: AT_ONCE - 1 });
    expect(await openOrders()).toHaveLength(OPEN_ORDERS_MAX);
  });

  it('are refused beyond the limit with what to do', async () => {
    await placeMany(OPEN_ORDERS_MAX);
    expect(problemIn(await place())).toMatchObject({
      status: 409,
      code: 'too-many-open-orders',
      detail: 'A user has at most 5 open orders. Cancel an open order, or wait until one is shipped.',
    });
  });

  it.each(
    OrderStatus.options.map(
      (status) => [status, status === 'placed' || status === 'confirmed' ? 409 : 201] as const,
    ),
  )('with one that is %s: %i', async (status, expected) => {
    const orders = (await placeMany(OPEN_ORDERS_MAX)).map(orderIn);
    const { orderId } = orders[0] ?? expect.fail();
    await api.put(orderItem({ userId, orderId, status }));
    expect((await place()).status).toBe(expected);
  });

  it('have room again after the deletion of one', async () => {
    const [order] = (await placeMany(OPEN_ORDERS_MAX)).map(orderIn);
    const { orderId } = order ?? expect.fail();
    await api.deleteOrder({ path: { userId, orderId } });
    expect((await place()).status).toBe(201);
    expect((await counted())?.ids).not.toContain(orderId);
  });

  it('count a malformed one', async () => {
    const [order] = (await placeMany(OPEN_ORDERS_MAX)).map(orderIn);
    const { status: _, ...malformed } = orderItem({ userId, orderId: order?.orderId ?? expect.fail() });
    await api.put(malformed);
    expect((await place()).status).toBe(409);
  });

  it('are not those of the staff, which count nothing', async () => {
    await placeMany(OPEN_ORDERS_MAX);
    expect((await place(staff)).status).toBe(201);
    expect((await counted())?.ids).toHaveLength(OPEN_ORDERS_MAX);
  });

  it('count a repeat by its key once, and return it though there is no room', async () => {
    const body = { lines: [{ sku: 'chair', quantity: 1 }], shipTo };
    const headers = { 'idempotency-key': newId('key') };
    const request = { path: { userId }, body, headers, caller: { sub: userId } };
    const first = orderIn(await api.createOrder(request));
    await placeMany(OPEN_ORDERS_MAX - 1);
    expect(orderIn(await api.createOrder(request))).toEqual(first);
    expect((await counted())?.ids).toHaveLength(OPEN_ORDERS_MAX);
  });

  it('keep one whose transaction shows its count before its order', async () => {
    await placeMany(OPEN_ORDERS_MAX - 1);
    const orderId = OrderId.parse('01KJMSY7G00000000000000099');
    const deps = { ...api.deps, openOrdersMax: OPEN_ORDERS_MAX };
    const owner = UserId.parse(userId);
    await commit(client.dynamoDb, [countOpenOrder(deps, { userId: owner, orderId }, new Date())]);
    // The order is put after it was looked for, and before its id would be removed.
    client.interruptNext(async (send) => {
      await api.put(orderItem({ userId, orderId }));
      return send();
    });
    await makeRoom(deps, owner);
    expect((await counted())?.ids).toContain(orderId);
  });
});

describe('no limit', () => {
  it('reads and writes no list', async () => {
    const free = await startWriteApi(client.dynamoDb);
    await free.put(userItem({ userId }));
    await free.put(productItem({ sku: 'chair' }));
    await placeMany(3, free);
    const key = openOrdersKey(UserId.parse(userId));
    const { idempotencyTableName: tableName } = free.deps;
    expect(await readItem(client.dynamoDb, { tableName, key, schema: CountedIds })).toBeUndefined();
  });
});

describe('the pieces of a sku in an order', () => {
  const order = (
    quantities: readonly (readonly [string, number])[],
    caller: { sub: string; scope?: string } = { sub: userId },
  ) =>
    api.createOrder({
      path: { userId },
      body: { lines: quantities.map(([sku, quantity]) => ({ sku, quantity })), shipTo },
      caller,
    });

  it('are as many as the limit', async () => {
    expect(
      (
        await order([
          ['chair', 4],
          ['desk', 10],
          ['chair', 6],
        ])
      ).status,
    ).toBe(201);
  });

  it('are refused beyond it on each of their lines', async () => {
    const answer = await order([
      ['chair', 5],
      ['desk', 10],
      ['chair', 6],
    ]);
    expect(problemIn(answer)).toMatchObject({
      status: 400,
      errors: [{ field: '/lines/0/quantity' }, { field: '/lines/2/quantity' }],
    });
  });

  it('are not limited for the staff', async () => {
    expect((await order([['chair', 11]], staff)).status).toBe(201);
  });
});

describe('the accounts of a user', () => {
  const open = (caller: { sub: string; scope?: string } = { sub: userId }, accountId = newId('account')) =>
    api.openAccount({ path: { userId }, body: { accountId, currency: 'EUR' }, caller });

  it('are no more than the limit after many requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => open()));
    expect(statusesOf(answers)).toEqual({ 201: ACCOUNTS_MAX, 409: 20 - ACCOUNTS_MAX });
    expect(problemIn(await open())).toMatchObject({ status: 409, code: 'too-many-accounts' });
  });

  it('do not count one whose id is taken', async () => {
    const taken = newId('account');
    expect((await open(staff, taken)).status).toBe(201);
    expect(problemIn(await open({ sub: userId }, taken)).code).toBe('already-exists');
    expect(statusesOf(await Promise.all([open(), open()]))).toEqual({ 201: ACCOUNTS_MAX });
    expect(problemIn(await open({ sub: userId }, taken)).code).toBe('already-exists');
  });

  it('are not limited for the staff', async () => {
    for (let n = 0; n < ACCOUNTS_MAX + 1; n += 1) expect((await open(staff)).status).toBe(201);
  });
});

describe('the writes of a user', () => {
  const PER_MINUTE = 6;
  const REFILL_MS = 10_000;
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { ...systemClock, now: () => new Date(nowMs) };
  let limited: WriteApi;
  beforeAll(async () => {
    limited = await startWriteApi(client.dynamoDb, { clock, writesPerMinute: PER_MINUTE });
    await limited.put(productItem({ sku: 'chair' }));
  });
  beforeEach(() => limited.put(userItem({ userId })));

  const rename = (caller: { sub: string; scope?: string } = { sub: userId }) =>
    limited.updateUser({ path: { userId }, body: { name: 'Ada' }, caller });
  const renameMany = async (count: number) => {
    const answers: number[] = [];
    for (let n = 0; n < count; n += 1) answers.push((await rename()).status);
    return answers;
  };

  it('are as many at once as a minute has, and then one for each refill', async () => {
    expect(await renameMany(PER_MINUTE + 2)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    nowMs += REFILL_MS - 1;
    expect(await renameMany(1)).toEqual([429]);
    nowMs += 1;
    expect(await renameMany(2)).toEqual([200, 429]);
    nowMs += 3 * REFILL_MS;
    expect(await renameMany(4)).toEqual([200, 200, 200, 429]);
    nowMs += 100 * REFILL_MS;
    expect(await renameMany(PER_MINUTE + 1)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  it('are refused with the seconds until the next', async () => {
    await renameMany(PER_MINUTE);
    nowMs += 2_500;
    const answer = await rename();
    expect(problemIn(answer)).toMatchObject({ status: 429, code: 'too-many-writes' });
    expect(answer.headers['retry-after']).toBe('8');
    nowMs += 7_500;
    expect((await rename()).status).toBe(200);
  });

  it(`are no more after ${AT_ONCE} orders at once`, async () => {
    const answers = await placeMany(AT_ONCE, limited);
    expect(statusesOf(answers)).toEqual({ 201: PER_MINUTE, 429: AT_ONCE - PER_MINUTE });
    expect(await openOrders(limited)).toHaveLength(PER_MINUTE);
  });

  it('count a repeat by its key, which writes nothing', async () => {
    const body = { lines: [{ sku: 'chair', quantity: 1 }], shipTo };
    const headers = { 'idempotency-key': newId('key') };
    const request = { path: { userId }, body, headers, caller: { sub: userId } };
    for (let n = 0; n < PER_MINUTE; n += 1) expect((await limited.createOrder(request)).status).toBe(201);
    expect((await limited.createOrder(request)).status).toBe(429);
  });

  it('are counted over all operations, and reads are not', async () => {
    await renameMany(PER_MINUTE - 1);
    expect((await place({ sub: userId }, limited)).status).toBe(201);
    expect((await place({ sub: userId }, limited)).status).toBe(429);
    expect((await limited.getUser({ path: { userId }, caller: { sub: userId } })).status).toBe(200);
  });

  it('are not those of the staff', async () => {
    await renameMany(PER_MINUTE);
    expect((await rename(staff)).status).toBe(200);
  });
});
