import { decodeTime } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { MINOR_UNITS_MAX } from '../../../contracts/money.ts';
import { productItem, userItem } from '../../builders/values/items.ts';
import { newId, orderIn, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const shipTo = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };
const chair = productItem({ sku: 'chair', name: 'Oak chair', unitPrice: 1_250 });
const desk = productItem({ sku: 'desk', name: 'Oak desk', unitPrice: 19_900 });
const lamp = productItem({ sku: 'lamp', unitPrice: 900, currency: 'USD' });
const yacht = productItem({ sku: 'yacht', unitPrice: MINOR_UNITS_MAX });

describe('POST /users/{userId}/orders', () => {
  let api: WriteApi;
  let userId: string;
  beforeAll(async () => {
    api = await startWriteApi();
    userId = newId('user');
    await Promise.all([userItem({ userId }), chair, desk, lamp, yacht].map(api.put));
  });

  const order = (lines: unknown, overrides: object = {}) =>
    api.createOrder({ path: { userId }, body: { lines, shipTo, ...overrides } });

  it('answers 201 with the order that was placed and where it is', async () => {
    const answer = await order([{ sku: 'chair', quantity: 2 }]);
    const placed = orderIn(answer);
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/users/${userId}/orders/${placed.orderId}`);
    expect(placed).toMatchObject({ userId, status: 'placed', shipTo });
  });

  it('prices each line from the catalogue', async () => {
    const placed = orderIn(
      await order([
        { sku: 'chair', quantity: 4 },
        { sku: 'desk', quantity: 1 },
      ]),
    );
    expect(placed).toMatchObject({ total: 24_900, currency: 'EUR' });
    expect(placed.lines).toMatchObject([
      { sku: 'chair', name: 'Oak chair', amount: 5_000 },
      { sku: 'desk', name: 'Oak desk', amount: 19_900 },
    ]);
  });

  it('keeps two lines of one sku apart', async () => {
    const placed = orderIn(
      await order([
        { sku: 'chair', quantity: 1 },
        { sku: 'chair', quantity: 2 },
      ]),
    );
    expect(placed.lines.map(({ quantity }) => quantity)).toEqual([1, 2]);
    expect(placed.total).toBe(3_750);
  });

  it('writes an item that keeps the contract, with an id of the time of the order', async () => {
    const placed = orderIn(await order([{ sku: 'chair', quantity: 1 }]));
    const items = await api.ordersOf(userId);
    const stored = OrderItem.parse(items.find((item) => item['orderId'] === placed.orderId));
    expect(stored).toMatchObject(placed);
    expect(decodeTime(stored.orderId)).toBe(Date.parse(stored.createdAt));
  });

  it('answers 404 for an unknown user', async () => {
    const path = { userId: newId('user') };
    const answer = await api.createOrder({ path, body: { lines: [{ sku: 'chair', quantity: 1 }], shipTo } });
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('answers 404 for a user whose time is up, though DynamoDB has not removed them yet', async () => {
    const expired = userItem({ userId: newId('user'), ttl: 1_000_000_000 });
    await api.put(expired);
    const path = { userId: expired.userId };
    const answer = await api.createOrder({ path, body: { lines: [{ sku: 'chair', quantity: 1 }], shipTo } });
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await api.ordersOf(expired.userId)).toEqual([]);
  });

  it('answers 400 naming each line whose sku is unknown', async () => {
    const answer = await order([
      { sku: 'chair', quantity: 1 },
      { sku: 'unicorn', quantity: 1 },
      { sku: 'dragon', quantity: 1 },
    ]);
    expect(problemIn(answer).errors?.map(({ field }) => field)).toEqual(['/lines/1/sku', '/lines/2/sku']);
  });

  it('answers 400 naming the line that is priced in another currency', async () => {
    const answer = await order([
      { sku: 'chair', quantity: 1 },
      { sku: 'lamp', quantity: 1 },
    ]);
    expect(problemIn(answer)).toMatchObject({ status: 400, errors: [{ field: '/lines/1/sku' }] });
  });

  it('answers 400 naming the line with which the total is too large to be exact', async () => {
    const answer = await order([
      { sku: 'yacht', quantity: 1 },
      { sku: 'chair', quantity: 1 },
    ]);
    expect(problemIn(answer)).toMatchObject({ status: 400, errors: [{ field: '/lines/1/quantity' }] });
  });

  it.each([
    ['/lines', []],
    ['/lines', undefined],
    ['/lines', Array.from({ length: 51 }, () => ({ sku: 'chair', quantity: 1 }))],
    ['/lines/0/sku', [{ sku: '#', quantity: 1 }]],
    ['/lines/0/quantity', [{ sku: 'chair', quantity: 1.5 }]],
    ['/lines/0/price', [{ sku: 'chair', quantity: 1, price: 1 }]],
  ])('answers 400 naming %s', async (field, lines) => {
    expect(problemIn(await order(lines))).toMatchObject({ status: 400, errors: [{ in: 'body', field }] });
  });

  it('answers 400 naming the missing part of the address', async () => {
    const answer = await order([{ sku: 'chair', quantity: 1 }], { shipTo: { ...shipTo, city: undefined } });
    expect(problemIn(answer)).toMatchObject({ status: 400, errors: [{ field: '/shipTo/city' }] });
  });
});
