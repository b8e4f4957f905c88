import { beforeAll, describe, expect, it } from 'vitest';
import { dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import { OrderItem, orderTotal } from '../../../contracts/entities/order.ts';
import { PIECES_MAX, ProductItem } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { Day } from '../../../contracts/ids.ts';
import { MINOR_UNITS_MAX, MinorUnits, QUANTITY_MAX } from '../../../contracts/money.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import { StockViolationError } from '../../../pipelines/order-events/inventory/stock-errors.ts';
import { orderChange, orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import {
  accountItem,
  orderItem,
  orderLine,
  productItem,
  reservationItem,
  userItem,
} from '../../builders/values/items.ts';
import { newId, problemIn, productIn, startWriteApi, storedProduct, type WriteApi } from './write-api.ts';

const MICROS_PER_MS = 1_000;
const ALMOST_A_DAY_MS = 86_400_000 - 60_000;
const { signal } = new AbortController();

let api: WriteApi;
let inventory: OrderInventory;
let analytics: OrderAnalytics;
let made = 0;

beforeAll(async () => {
  api = await startWriteApi();
  inventory = new OrderInventory(api.deps);
  analytics = new OrderAnalytics(api.deps);
});

/** An order of its own for so many pieces of a product. */
function anOrder({
  sku = 'SKU-1',
  quantity = 2,
  ...overrides
}: Record<string, unknown> & { sku?: string; quantity?: number } = {}) {
  made += 1;
  return orderItem({ orderId: orderIdOf(made), lines: [orderLine({ sku, quantity })], ...overrides });
}

describe('an item whose version is as far ahead as it may be', () => {
  const version = (Date.now() + ALMOST_A_DAY_MS) * MICROS_PER_MS;

  it('keeps its contract when the system rejects it', async () => {
    const product = productItem({ sku: newId('sku'), stock: 1, received: 1 });
    const order = anOrder({ sku: product.sku, version });
    await api.put(product);
    await api.put(order);
    await inventory.handle(orderChange(insertOf(order)), signal);
    expect(OrderItem.parse(await api.read(order))).toMatchObject({
      status: 'rejected',
      version: version + 1,
    });
  });

  it('keeps its contract when it is cancelled, and its removal is counted', async () => {
    const order = anOrder({ version, createdAt: '2026-04-01T12:00:00.000Z' });
    await api.put(order);
    const path = { userId: order.userId, orderId: order.orderId };
    const answer = await api.changeOrderStatus({ path, body: { status: 'cancelled' } });
    expect(answer.status).toBe(200);
    const cancelled = OrderItem.parse(await api.read(order));
    await analytics.handle(orderChange(modifyOf(order, cancelled)), signal);
    await analytics.handle(orderChange(removeOf(cancelled)), signal);
    expect(await api.read(dailyStatsKey(Day.parse('2026-04-01')))).toMatchObject({ orders_cancelled: 0 });
  });
});

describe.each([
  ['further ahead', (Date.now() + 2 * 86_400_000) * MICROS_PER_MS],
  ['the last that there is', Number.MAX_SAFE_INTEGER],
  ['the last but one', Number.MAX_SAFE_INTEGER - 1],
])('an item whose version is %s', (_name, version) => {
  it('is changed by no request', async () => {
    const order = { ...anOrder(), version };
    await api.put(order);
    const path = { userId: order.userId, orderId: order.orderId };
    const answer = await api.changeOrderStatus({ path, body: { status: 'cancelled' } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await api.read(order)).toEqual(order);
  });

  it('is a dead letter that names it', () => {
    const order = { ...anOrder(), version };
    expect(() => orderChange(insertOf(order))).toThrow(
      expect.objectContaining({
        issues: expect.arrayContaining([expect.objectContaining({ path: 'NewImage.version' })]),
      }),
    );
  });

  it('does not take the change along that puts it right', () => {
    const order = anOrder();
    const change = orderChange(modifyOf(Object.assign({}, order, { version }), order));
    expect(change).toMatchObject({ version: order.version, oldItem: undefined });
  });
});

describe('a receipt', () => {
  const receive = (sku: string, quantity: number) => api.receiveStock({ path: { sku }, body: { quantity } });

  it('is taken up to the most pieces that there may be', async () => {
    const product = productItem({ sku: newId('sku'), stock: PIECES_MAX - 1, received: PIECES_MAX - 1 });
    await api.put(product);
    expect(productIn(await receive(product.sku, 1))).toMatchObject({ received: PIECES_MAX });
    expect(ProductItem.safeParse(await storedProduct(api, product.sku)).success).toBe(true);
  });

  it('of more is answered 409 stock-limit and changes nothing', async () => {
    const product = productItem({
      sku: newId('sku'),
      stock: 0,
      reserved: PIECES_MAX - 1,
      received: PIECES_MAX - 1,
    });
    await api.put(product);
    expect(problemIn(await receive(product.sku, 2))).toMatchObject({ status: 409, code: 'stock-limit' });
    expect(await storedProduct(api, product.sku)).toEqual(product);
  });
});

describe('the stock of a product whose pieces do not add up', () => {
  it('takes nothing back that it has no room for', async () => {
    const product = productItem({ sku: newId('sku'), stock: PIECES_MAX, reserved: 2, received: PIECES_MAX });
    const order = anOrder({ sku: product.sku });
    const { orderId, version } = order;
    await api.put(product);
    await api.put(
      reservationItem({ orderId, orderVersion: version, lines: [{ sku: product.sku, quantity: 2 }] }),
    );
    const cancelling = inventory.handle(orderChange(modifyOf(order, withStatus(order, 'cancelled'))), signal);
    await expect(cancelling).rejects.toThrow(StockViolationError);
    expect(await storedProduct(api, product.sku)).toEqual(product);
    expect(await api.read(reservationKey(orderId))).toMatchObject({ state: 'RESERVED' });
  });

  it('holds nothing that cannot be counted as reserved', async () => {
    const product = productItem({ sku: newId('sku'), stock: 5, reserved: PIECES_MAX, received: PIECES_MAX });
    const order = anOrder({ sku: product.sku });
    await api.put(product);
    await api.put(order);
    await inventory.handle(orderChange(insertOf(order)), signal);
    expect(await storedProduct(api, product.sku)).toEqual(product);
    expect(await api.read(order)).toMatchObject({ status: 'rejected' });
  });
});

describe("a day's counter at its limit", () => {
  const day = (number: number) => Day.parse(`2026-05-${String(number).padStart(2, '0')}`);
  const statsOf = (number: number, counters: object) => ({
    ...dailyStatsKey(day(number)),
    entityType: 'DailyStats',
    day: day(number),
    createdAt: '2026-05-01T00:00:00.000Z',
    updatedAt: '2026-05-01T00:00:00.000Z',
    version: 1_772_366_400_000_000,
    ...counters,
  });
  const orderOf = (number: number) => anOrder({ createdAt: `${day(number)}T12:00:00.000Z` });

  it.each([
    [0, 'orders_placed'],
    [1, 'units_placed'],
    [2, 'revenue_placed_EUR'],
  ])('%s: %s counts no order more, and other days do', async (index, counter) => {
    const [full, other] = [2 * index + 1, 2 * index + 2];
    const stats = statsOf(full, { [counter]: Number.MAX_SAFE_INTEGER });
    await api.put(stats);
    const [counted, refused] = await Promise.allSettled(
      [orderOf(other), orderOf(full)].map((order) => analytics.handle(orderChange(insertOf(order)), signal)),
    );
    expect(counted).toMatchObject({ status: 'fulfilled' });
    expect(refused).toMatchObject({ reason: expect.any(ContractViolationError) });
    expect(await api.read(stats)).toEqual(stats);
    expect(await api.read(dailyStatsKey(day(other)))).toMatchObject({ orders_placed: 1 });
  });

  it('counts no order less', async () => {
    const order = orderOf(20);
    await analytics.handle(orderChange(insertOf(order)), signal);
    const stats = statsOf(20, { orders_placed: Number.MIN_SAFE_INTEGER });
    await api.put(stats);
    const cancelling = analytics.handle(orderChange(modifyOf(order, withStatus(order, 'cancelled'))), signal);
    await expect(cancelling).rejects.toThrow(ContractViolationError);
    expect(await api.read(stats)).toEqual(stats);
  });
});

describe('an order of the most that may be', () => {
  it('is counted and held like any other', async () => {
    const product = productItem({ sku: newId('sku'), stock: PIECES_MAX, received: PIECES_MAX });
    const lines = Array.from({ length: 50 }, () =>
      orderLine({ sku: product.sku, quantity: QUANTITY_MAX, amount: MINOR_UNITS_MAX / 50 }),
    );
    const order = orderItem({ orderId: orderIdOf(900), lines, createdAt: '2026-06-01T12:00:00.000Z' });
    expect(orderTotal(order.lines)).toBe(MINOR_UNITS_MAX);
    await api.put(product);
    await inventory.handle(orderChange(insertOf(order)), signal);
    await analytics.handle(orderChange(insertOf(order)), signal);
    const held = 50 * QUANTITY_MAX;
    expect(await storedProduct(api, product.sku)).toMatchObject({ stock: PIECES_MAX - held, reserved: held });
    expect(await api.read(dailyStatsKey(Day.parse('2026-06-01')))).toMatchObject({ units_placed: held });
  });
});

describe('an account with the most that it may hold', () => {
  it('takes no transfer: 409 balance-limit', async () => {
    const user = userItem({ userId: newId('u') });
    const account = { ownerId: user.userId, openingBalance: MINOR_UNITS_MAX };
    const [from, to] = [newId('from'), newId('to')].map((accountId) =>
      accountItem({ ...account, accountId }),
    );
    for (const item of [user, from, to]) await api.put(item ?? {});
    const answer = await api.transferFunds({
      path: { userId: user.userId, accountId: from?.accountId ?? '' },
      body: { to: to?.accountId, amount: MinorUnits.parse(1) },
      headers: { 'idempotency-key': newId('key') },
    });
    expect(problemIn(answer)).toMatchObject({ status: 409, code: 'balance-limit' });
    expect(await api.read(to ?? { pk: '', sk: '' })).toEqual(to);
  });
});
