import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OrderPage } from '../../../contracts/api/orders.ts';
import { OrderItem, statusKey } from '../../../contracts/entities/order.ts';
import { ordersHandler } from '../../../handlers/api/orders.ts';
import { orderItem, unnumbered } from '../../builders/values/items.ts';
import { calling, newId, orderPageIn, startWriteApi, type WriteApi } from '../api/write-api.ts';

const DAY = '2026-03-10';
const SECONDS = 14;

/** Orders of one status: three of each second, of which one has no number and the others are of 4 and of 8 partitions. */
const ORDERS = Array.from({ length: 3 * SECONDS }, (_, index) => {
  const createdAt = `${DAY}T10:00:${String(Math.floor(index / 3)).padStart(2, '0')}.000Z`;
  const order = orderItem({ orderId: ulid(Date.parse(createdAt)), userId: newId('user'), createdAt });
  const written = [
    unnumbered,
    (one: OrderItem) => one,
    (one: OrderItem) => ({ ...one, ...statusKey(one, 8) }),
  ];
  return OrderItem.parse(written[index % 3]?.(order));
});
const idsOf = (orders: readonly { orderId: string }[]): string[] =>
  orders.map(({ orderId }) => orderId).toSorted();

let api: WriteApi;
let listWith: (statusPartitions: number) => WriteApi['listOrdersByStatus'];

beforeAll(async () => {
  api = await startWriteApi();
  listWith = (statusPartitions) =>
    calling(ordersHandler({ ...api.deps, statusPartitions }), 'listOrdersByStatus');
  for (const order of ORDERS) await api.put(order);
});

async function pagesOf(statusPartitions: number, limit: number) {
  const list = listWith(statusPartitions);
  const pages: OrderPage['orders'][] = [];
  let nextToken: string | undefined;
  do {
    const query = { status: 'placed', from: DAY, to: DAY, limit: String(limit) };
    const answer = await list({ query: nextToken === undefined ? query : { ...query, nextToken } });
    const page = orderPageIn(answer);
    pages.push(page.orders);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && pages.length <= ORDERS.length);
  return pages;
}

describe('one list of orders of this version and of the one without numbers', () => {
  it.each([1, 2, 5, 7, 20, 42, 100])('holds each once, the newest first, in pages of %i', async (limit) => {
    const pages = await pagesOf(8, limit);
    const times = pages.flat().map(({ createdAt }) => createdAt);
    expect(idsOf(pages.flat())).toEqual(idsOf(ORDERS));
    expect(times).toEqual(times.toSorted().toReversed());
    expect(pages.map(({ length }) => length).slice(0, -1)).toEqual(
      Array.from({ length: Math.ceil(ORDERS.length / limit) - 1 }, () => limit),
    );
  });

  it.each([8, 9, 64])('is the same for a reader of %i partitions', async (statusPartitions) => {
    expect(await pagesOf(statusPartitions, 10)).toEqual(await pagesOf(8, 10));
  });

  it('leads on from a page of the version before', async () => {
    const last = ORDERS.filter(({ GSI1PK }) => GSI1PK === 'STATUS#placed')[5];
    if (last === undefined) expect.fail();
    const { pk, sk, GSI1PK, GSI1SK } = last;
    const window = { from: `${DAY}T00:00:00.000Z`, to: `${DAY}T23:59:59.999Z` };
    const scope = {
      operation: 'listOrdersByStatus',
      query: { status: 'placed', from: DAY, to: DAY },
      caller: 'staff-1',
    };
    const nextToken = await api.deps.pageTokens.seal(scope, { window, after: { pk, sk, GSI1PK, GSI1SK } });
    const query = { status: 'placed', from: DAY, to: DAY, limit: '100', nextToken };
    const answer = await listWith(8)({ query, caller: { sub: 'staff-1', scope: 'orders:write' } });
    const expected = ORDERS.filter(({ createdAt }) => createdAt < last.createdAt);
    expect(idsOf(orderPageIn(answer).orders)).toEqual(idsOf(expected));
  });
});

describe('an order of the version without numbers', () => {
  it('gets the new keys with its next status, and is listed there', async () => {
    const order = unnumbered(
      orderItem({ orderId: ulid(), userId: newId('user'), createdAt: '2026-03-11T10:00:00.000Z' }),
    );
    await api.put(order);
    const answer = await api.changeOrderStatus({
      path: { userId: order.userId, orderId: order.orderId },
      body: { status: 'cancelled' },
    });
    expect(answer.status).toBe(200);
    expect(await api.read(order)).toMatchObject({
      GSI1PK: 'STATUS#cancelled#0',
      GSI1SK: `${order.createdAt}#${order.orderId}`,
    });
    const list = await api.listOrdersByStatus({
      query: { status: 'cancelled', from: '2026-03-11', to: '2026-03-11' },
    });
    expect(idsOf(orderPageIn(list).orders)).toEqual([order.orderId]);
  });
});
