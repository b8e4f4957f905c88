import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { PAGE_READS_MAX } from '../../../pipelines/paging/read-page.ts';
import type { ApiRequest } from '../../builders/api-event.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { type Answer, newId, orderPageIn, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Lambda's limit. */
const ANSWER_BYTES_MAX = 6_000_000;
const NOW = new Date('2026-03-10T12:00:00.000Z');

let api: WriteApi;
/** How many a client's Query did, and how many items one looks at at most: on AWS a read ends at 1 MB. */
let queries = 0;
let readSizeMax: number;
let userId: string;
let nowMs: number;

beforeAll(async () => {
  const dynamoDb = localDynamoDb();
  dynamoDb.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if (!('KeyConditionExpression' in input)) return next(args);
      queries += 1;
      return next({ ...args, input: { ...input, Limit: Math.min(input.Limit ?? 1, readSizeMax) } });
    },
    { step: 'initialize' },
  );
  const clock = { now: () => new Date(nowMs), firstVersion: () => orderItem().version };
  api = await startWriteApi(dynamoDb, { clock });
});
beforeEach(() => {
  userId = newId('user');
  nowMs = NOW.getTime();
  queries = 0;
  readSizeMax = Number.POSITIVE_INFINITY;
});

type OrderOverrides = NonNullable<Parameters<typeof orderItem>[0]>;

/** An order of the user that was placed so long before now, in the table. */
async function givenOrder(ageMs: number, overrides: OrderOverrides = {}): Promise<OrderItem> {
  const at = NOW.getTime() - ageMs;
  const order = orderItem({
    orderId: ulid(at),
    userId,
    createdAt: new Date(at).toISOString(),
    ...overrides,
  });
  await api.put(order);
  return order;
}

/** Orders of the user, the first of which is the newest. */
const givenOrders = (count: number, overridesOf: (index: number) => OrderOverrides = () => ({})) =>
  Promise.all(Array.from({ length: count }, (_, index) => givenOrder(index * MINUTE_MS, overridesOf(index))));

const idsIn = (answer: Answer): string[] => orderPageIn(answer).orders.map(({ orderId }) => orderId);
const idsOf = (orders: readonly OrderItem[]): string[] => orders.map(({ orderId }) => orderId);

type List = (request: ApiRequest) => Promise<Answer>;

/** The ids on each page, from the first page to the last. */
async function allPages(list: List, request: ApiRequest, pagesMax = 20): Promise<string[][]> {
  const pages: string[][] = [];
  let nextToken: string | undefined;
  do {
    const query = { ...request.query, ...(nextToken === undefined ? {} : { nextToken }) };
    const answer = await list({ ...request, query });
    expect(answer.status).toBe(200);
    pages.push(idsIn(answer));
    nextToken = orderPageIn(answer).nextToken;
  } while (nextToken !== undefined && pages.length < pagesMax);
  expect(nextToken).toBeUndefined();
  return pages;
}

describe('GET /users/{userId}/orders', () => {
  const list = (query: Record<string, string> = {}) => api.listOrders({ path: { userId }, query });
  const pagesOf = (query: Record<string, string>) => allPages(api.listOrders, { path: { userId }, query });

  it('gives the newest first, each once over all pages, and no empty last page', async () => {
    const orders = await givenOrders(9);
    const pages = await pagesOf({ limit: '3' });
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 3]);
    expect(pages.flat()).toEqual(idsOf(orders));
  });

  it('shows orders without their keys', async () => {
    const order = await givenOrder(0);
    const [shown] = orderPageIn(await list()).orders;
    expect(order).toMatchObject(shown ?? {});
    expect(JSON.stringify((await list()).body)).not.toContain('USER#');
  });

  it('gives 20 orders unless told', async () => {
    await givenOrders(21);
    expect(idsIn(await list())).toHaveLength(20);
  });

  it('is empty for a user without orders', async () => {
    expect((await list()).body).toEqual({ orders: [] });
  });

  it('holds nothing of others, nor the profile', async () => {
    const order = await givenOrder(0);
    await api.createUser({ body: { userId, name: 'Ada Example', email: 'ada@example.com' } });
    await givenOrder(0, { userId: newId('user') });
    expect(idsIn(await list())).toEqual([order.orderId]);
  });

  it('fills a page with the few orders of a status among many', async () => {
    const orders = await givenOrders(250, (index) => ({ status: index % 50 === 49 ? 'shipped' : 'placed' }));
    const shipped = orders.filter(({ status }) => status === 'shipped');
    const pages = await pagesOf({ status: 'shipped', limit: '2' });
    expect(pages.filter(({ length }) => length > 0).map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(idsOf(shipped));
  });

  it('reads a bounded number of times for a page, and leads on', async () => {
    const orders = await givenOrders(60, (index) => ({ status: index === 59 ? 'shipped' : 'placed' }));
    readSizeMax = 5;
    const first = orderPageIn(await list({ status: 'shipped' }));
    expect(queries).toBe(PAGE_READS_MAX);
    expect(first).toEqual({ orders: [], nextToken: expect.any(String) });
    expect((await pagesOf({ status: 'shipped' })).flat()).toEqual([orders.at(-1)?.orderId]);
  });

  it('is no larger than an answer may be, and leads on', async () => {
    const lines = Array.from({ length: 50 }, () =>
      orderLine({ name: '\u20ac'.repeat(300), category: '"'.repeat(100) }),
    );
    const orders = await givenOrders(60, () => ({ lines }));
    const first = await list({ limit: '100' });
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(first.body)))).toBeLessThan(ANSWER_BYTES_MAX);
    expect(orderPageIn(first)).toHaveProperty('nextToken');
    expect((await pagesOf({ limit: '100' })).flat()).toEqual(idsOf(orders));
  });

  it('can be asked for what has just been written', async () => {
    const order = await givenOrder(0);
    expect(idsIn(await list({ consistent: 'true' }))).toEqual([order.orderId]);
  });

  it('takes another limit for the next page', async () => {
    const orders = await givenOrders(5);
    const { nextToken = '' } = orderPageIn(await list({ limit: '2' }));
    expect(idsIn(await list({ limit: '100', nextToken }))).toEqual(idsOf(orders.slice(2)));
  });

  it('goes on where it was when an order came and the last one shown went', async () => {
    const orders = await givenOrders(4);
    const { nextToken = '' } = orderPageIn(await list({ limit: '2' }));
    await givenOrder(-MINUTE_MS);
    await api.deleteOrder({ path: { userId, orderId: orders[1]?.orderId ?? '' } });
    expect(idsIn(await list({ nextToken }))).toEqual(idsOf(orders.slice(2)));
  });

  it('leaves out an item that breaks its contract, with a warning that names fields and no values', async () => {
    const orders = await givenOrders(5);
    await api.put({ ...orders[1], total: -1, shipTo: { name: 'Ada Secret' } });
    const pages = await pagesOf({ limit: '2' });
    expect(pages.flat()).toEqual(idsOf(orders.filter((_, index) => index !== 1)));
    expect(pages[0]).toHaveLength(2);
    const [, details] = api.logger.warn.mock.lastCall ?? [];
    expect(details).toMatchObject({ count: 1, fields: expect.arrayContaining(['total', 'shipTo.city']) });
    expect(JSON.stringify(details)).not.toContain('Ada Secret');
  });

  it('leaves out an item with a number that JavaScript has not', async () => {
    const [first, second] = await givenOrders(2);
    await api.put({ ...first, total: NumberValue.from('90071992547409931.5') });
    expect(idsIn(await list({}))).toEqual([second?.orderId]);
    expect(api.logger.warn.mock.lastCall).toMatchObject([expect.any(String), { fields: ['total'] }]);
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '101' }],
    ['limit', { limit: '1.5' }],
    ['status', { status: 'lost' }],
    ['consistent', { consistent: 'yes' }],
    ['nextToken', { nextToken: 'forged' }],
    ['sort', { sort: 'total' }],
  ])('answers 400 naming %s for %j', async (field, query) => {
    expect(problemIn(await list(query))).toMatchObject({ status: 400, errors: [{ in: 'query', field }] });
  });

  it("refuses a user another user's orders", async () => {
    const caller = { sub: newId('user') };
    expect(problemIn(await api.listOrders({ path: { userId }, caller })).status).toBe(403);
  });
});

describe('a page token', () => {
  let nextToken: string;
  beforeEach(async () => {
    await givenOrders(3);
    const answer = await api.listOrders({ path: { userId }, query: { limit: '1' }, caller: { sub: userId } });
    nextToken = orderPageIn(answer).nextToken ?? '';
  });
  const refused = { status: 400, code: 'invalid-page-token' };

  it('counts for the caller whom it was given to', async () => {
    const own = { path: { userId }, query: { nextToken }, caller: { sub: userId } };
    expect((await api.listOrders(own)).status).toBe(200);
  });

  it('is refused from another caller, even one who may see the list', async () => {
    expect(problemIn(await api.listOrders({ path: { userId }, query: { nextToken } }))).toMatchObject(
      refused,
    );
  });

  it.each<[string, (caller: { sub: string }) => Promise<Answer>]>([
    [
      'another filter',
      (caller) => api.listOrders({ path: { userId }, query: { nextToken, status: 'placed' }, caller }),
    ],
    [
      'a consistent read',
      (caller) => api.listOrders({ path: { userId }, query: { nextToken, consistent: 'true' }, caller }),
    ],
    ['another list', (caller) => api.listLargestOrders({ path: { userId }, query: { nextToken }, caller })],
  ])('is refused for %s', async (_, ask) => {
    expect(problemIn(await ask({ sub: userId }))).toMatchObject(refused);
  });
});

describe('GET /users/{userId}/largest-orders', () => {
  it('gives the largest first over all pages, also those of one total', async () => {
    const amounts = [900, 10_000, 5, 10_000, 70_000_000, 10_000, 0];
    const orders = await givenOrders(amounts.length, (index) => ({
      lines: [orderLine({ amount: amounts[index] ?? 0 })],
    }));
    const pages = await allPages(api.listLargestOrders, { path: { userId }, query: { limit: '2' } });
    const totals = pages.flat().map((id) => orders.find(({ orderId }) => orderId === id)?.total);
    expect(totals).toEqual(amounts.toSorted((one, other) => other - one));
    expect(new Set(pages.flat()).size).toBe(amounts.length);
  });

  it("refuses a user another user's orders", async () => {
    const caller = { sub: newId('user') };
    expect(problemIn(await api.listLargestOrders({ path: { userId }, caller })).status).toBe(403);
  });
});

describe('GET /orders', () => {
  const list = (query: Record<string, string>) => api.listOrdersByStatus({ query });
  /** The ids of the user's orders in an answer: all tests share the statuses of the table. */
  const ownIdsIn = (answer: Answer): string[] =>
    orderPageIn(answer)
      .orders.filter((order) => order.userId === userId)
      .map(({ orderId }) => orderId);

  it('gives the orders of a status from the last seven days, the newest first', async () => {
    const status = 'rejected';
    const [older, newer] = [await givenOrder(6.9 * DAY_MS, { status }), await givenOrder(0, { status })];
    await givenOrder(7.1 * DAY_MS, { status });
    await givenOrder(-MINUTE_MS, { status });
    await givenOrder(DAY_MS, { status: 'placed' });
    expect(ownIdsIn(await list({ status, limit: '100' }))).toEqual([newer.orderId, older.orderId]);
  });

  it('takes whole days in, the first and the last', async () => {
    const times = [
      '2020-02-28T23:59:59.999Z',
      '2020-02-29T00:00:00.000Z',
      '2020-03-01T23:59:59.999Z',
      '2020-03-02T00:00:00.000Z',
    ];
    const orders = await Promise.all(times.map((createdAt) => givenOrder(0, { createdAt })));
    const answer = await list({ status: 'placed', from: '2020-02-29', to: '2020-03-01' });
    expect(idsIn(answer)).toEqual([orders[2]?.orderId, orders[1]?.orderId]);
  });

  it('takes instants, to the millisecond', async () => {
    const times = ['2021-05-01T10:00:00.000Z', '2021-05-01T10:00:00.001Z', '2021-05-01T11:00:00.000Z'];
    const orders = await Promise.all(times.map((createdAt) => givenOrder(0, { createdAt })));
    const query = { status: 'placed', from: '2021-05-01T10:00:00.001Z', to: '2021-05-01T11:00:00Z' };
    expect(idsIn(await list(query))).toEqual([orders[2]?.orderId, orders[1]?.orderId]);
  });

  it('gives each order once over all pages, also those of one moment', async () => {
    const createdAt = '2022-01-01T00:00:00.000Z';
    const orders = await Promise.all(Array.from({ length: 7 }, () => givenOrder(0, { createdAt })));
    const query = { status: 'placed', from: '2022-01-01', to: '2022-01-01', limit: '3' };
    const pages = await allPages(api.listOrdersByStatus, { query });
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat().toSorted()).toEqual(idsOf(orders).toSorted());
  });

  it('keeps the seven days of the first page on the next one, as time goes on', async () => {
    const status = 'delivered';
    const orders = [
      await givenOrder(DAY_MS, { status }),
      await givenOrder(6 * DAY_MS, { status }),
      await givenOrder(7 * DAY_MS - MINUTE_MS, { status }),
    ];
    const { nextToken = '' } = orderPageIn(await list({ status, limit: '1' }));
    nowMs += 30 * MINUTE_MS;
    expect(idsIn(await list({ status, nextToken }))).toEqual(idsOf(orders.slice(1)));
  });

  it('refuses a token with another window', async () => {
    const createdAt = '2023-01-01T00:00:00.000Z';
    await Promise.all([1, 2].map(() => givenOrder(0, { createdAt })));
    const query = { status: 'placed', from: '2023-01-01', to: '2023-01-02', limit: '1' };
    const { nextToken = '' } = orderPageIn(await list(query));
    const wider = { ...query, from: '2022-12-01', nextToken };
    expect(problemIn(await list(wider))).toMatchObject({ status: 400, code: 'invalid-page-token' });
  });

  it.each([
    ['status', {}],
    ['from', { status: 'placed', from: 'yesterday' }],
    ['from', { status: 'placed', from: '2026-02-30' }],
    ['from', { status: 'placed', from: '1969-12-31' }],
    ['from', { status: 'placed', from: '2026-03-02', to: '2026-03-01' }],
    ['to', { status: 'placed', to: '2026-03-01T10:00:00+01:00' }],
  ])('answers 400 naming %s for %j', async (field, query) => {
    expect(problemIn(await list(query))).toMatchObject({ status: 400, errors: [{ in: 'query', field }] });
  });

  it('is for staff alone', async () => {
    const answer = await api.listOrdersByStatus({ query: { status: 'placed' }, caller: { sub: userId } });
    expect(problemIn(answer).status).toBe(403);
  });
});
