import { describe, expect, it } from 'vitest';
import { DailyStatsItem } from '../../../contracts/entities/daily-stats.ts';
import { countersOf, recount } from '../../../pipelines/order-events/analytics/recount.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';

const statsItem = (counters: Record<string, number>): DailyStatsItem =>
  DailyStatsItem.parse({
    pk: 'STATS#2026-03-01',
    sk: 'ORDERS',
    entityType: 'DailyStats',
    day: '2026-03-01',
    createdAt: '2026-03-01T12:00:00.000Z',
    updatedAt: '2026-03-01T12:00:00.000Z',
    version: 1,
    ttl: 1,
    ...counters,
  });

describe('a recount', () => {
  it('counts orders, units and revenue by day and status', () => {
    const orders = [
      orderItem({ orderId: orderIdOf(1), lines: [orderLine({ quantity: 2, amount: 300 })] }),
      orderItem({ orderId: orderIdOf(2), lines: [orderLine({ quantity: 3, amount: 700 })] }),
      orderItem({ orderId: orderIdOf(3), status: 'cancelled', createdAt: '2026-03-02T00:00:00.000Z' }),
    ];
    expect(Object.fromEntries(recount(orders))).toEqual({
      '2026-03-01': { orders_placed: 2, units_placed: 5, revenue_placed_EUR: 1_000 },
      '2026-03-02': { orders_cancelled: 1, units_cancelled: 2, revenue_cancelled_EUR: 2_500 },
    });
  });

  it('keeps the revenue of each currency apart', () => {
    const orders = [
      orderItem({ orderId: orderIdOf(1) }),
      orderItem({ orderId: orderIdOf(2), currency: 'USD' }),
    ];
    expect([...recount(orders).values()]).toEqual([
      { orders_placed: 2, units_placed: 4, revenue_placed_EUR: 2_500, revenue_placed_USD: 2_500 },
    ]);
  });

  it('takes the day in UTC, to the last millisecond', () => {
    const days = recount([orderItem({ createdAt: '2026-03-01T23:59:59.999Z' })]).keys();
    expect([...days]).toEqual(['2026-03-01']);
  });
});

describe('the counters of the stats', () => {
  it("are the item's counters without its other numbers", () => {
    const counters = countersOf([statsItem({ orders_placed: 2, units_placed: 5 })]);
    expect(Object.fromEntries(counters)).toEqual({ '2026-03-01': { orders_placed: 2, units_placed: 5 } });
  });

  it('leave out what returned to zero, as a recount does', () => {
    expect(countersOf([statsItem({ orders_placed: 0, units_placed: 0 })])).toEqual(recount([]));
  });
});
