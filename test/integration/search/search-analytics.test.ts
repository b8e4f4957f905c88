import type { Client } from '@opensearch-project/opensearch';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SearchAnalyticsQuery, SearchAnalyticsResult } from '../../../contracts/api/search.ts';
import type { DailyStatsItem } from '../../../contracts/entities/daily-stats.ts';
import { type OrderItem, orderUnits } from '../../../contracts/entities/order.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { countersOf } from '../../../pipelines/order-events/analytics/recount.ts';
import { analyticsCounters } from '../../../pipelines/reconciliation/analytics-counters.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { searchAnalytics } from '../../../pipelines/search/query/search-analytics.ts';
import { emailHashes, hashEmail } from '../../builders/email-hash.ts';
import { orderChange, orderIdOf, orderLife } from '../../builders/stream/order-life.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const logger = { warn: vi.fn() };
const RUNS = 5;
const ORDERS_MAX = 40;
const { signal } = new AbortController();
const FIRST_MOMENT = Date.parse('2026-02-01T00:00:00.000Z');
const LAST_MOMENT = Date.parse('2026-03-31T23:59:59.999Z');

let client: Client;

// A node of its own, since all orders of the index are counted.
beforeAll(async () => {
  const own = await ownOpenSearch();
  client = own.client;
  return own.stop;
});

async function freshIndex(): Promise<SearchIndex> {
  await client.indices.delete({ index: 'orders-v*' });
  await installIndices(client, indexDefinitions);
  return new SearchIndex({ emailHash: emailHashes, client });
}
const analysis = (query: Readonly<Record<string, string>>) =>
  searchAnalytics(
    { openSearch: client, logger },
    SearchAnalyticsQuery.parse(query),
    new Date('2026-03-31T12:00:00.000Z'),
  );
const march = (by: string) => analysis({ from: '2026-03-01', to: '2026-03-31', by });

const line = fc.record({
  sku: fc.constantFrom('SKU-1', 'SKU-2'),
  category: fc.constantFrom('Furniture', 'Office', 'Größe "M"'),
  quantity: fc.integer({ min: 1, max: 1_000_000 }),
  amount: fc.integer({ min: 0, max: 10_000_000_000 }),
});
const life = fc.record({
  createdAt: fc
    .oneof(fc.constantFrom(FIRST_MOMENT, LAST_MOMENT), fc.integer({ min: FIRST_MOMENT, max: LAST_MOMENT }))
    .map((ms) => new Date(ms).toISOString()),
  status: fc.constantFrom(...OrderStatus.options),
  currency: fc.constantFrom('EUR', 'USD', 'JPY'),
  region: fc.constantFrom('West', 'East', undefined),
  lines: fc.array(line, { minLength: 1, maxLength: 5 }),
  isRemoved: fc.boolean(),
});
type Life = typeof life extends fc.Arbitrary<infer One> ? One : never;

const orderOf = ({ createdAt, currency, region, lines }: Life, number: number): OrderItem =>
  orderItem({
    orderId: orderIdOf(number),
    createdAt,
    currency,
    lines: lines.map((one) => orderLine(one)),
    shipTo: { ...orderItem().shipTo, ...(region !== undefined && { region }) },
  });

describe('the figures by day', () => {
  it('are the daily stats, also of orders that changed or were removed later', {
    timeout: 180_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { maxLength: ORDERS_MAX }), async (lives) => {
        const table = new TestTable(localDynamoDb(), await createTestTable(localDynamoDb()));
        const analytics = new OrderAnalytics({
          dynamoDb: table.dynamoDb,
          tableName: table.tableName,
          clock: systemClock,
        });
        const index = await freshIndex();
        await Promise.all(
          lives.map(async (one, number) => {
            const changes = orderLife(orderOf(one, number), one.status);
            for (const change of one.isRemoved ? changes : changes.slice(0, -1)) {
              await analytics.handle(change, signal);
              await index.handle(change, signal);
            }
          }),
        );
        await client.indices.refresh({ index: 'orders' });

        const result = await analysis({ from: '2026-02-01', to: '2026-03-31' });

        const stats = (await table.all()).filter(
          (item): item is DailyStatsItem => item.entityType === 'DailyStats',
        );
        expect(analyticsCounters([result])).toEqual(countersOf(stats));
        expect(SearchAnalyticsResult.parse(result)).toEqual(result);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the figures of orders', () => {
  const two = orderItem({
    orderId: orderIdOf(1),
    createdAt: '2026-03-01T00:00:00.000Z',
    lines: [
      orderLine({ category: 'Furniture', quantity: 1, amount: 700 }),
      orderLine({ category: 'Office', quantity: 2, amount: 30 }),
      orderLine({ category: 'Furniture', quantity: 4, amount: 1_000 }),
    ],
    shipTo: { ...orderItem().shipTo, region: 'West' },
  });
  const cancelled = orderItem({
    orderId: orderIdOf(2),
    createdAt: '2026-03-31T23:59:59.999Z',
    status: 'cancelled',
    currency: 'USD',
    lines: [orderLine({ category: 'Office', quantity: 9, amount: 90 })],
  });
  const other = orderItem({ orderId: orderIdOf(3), createdAt: '2026-04-01T00:00:00.000Z' });
  const earlier = orderItem({ orderId: orderIdOf(4), createdAt: '2026-02-28T23:59:59.999Z' });
  const ofTwo = { orders: 1, units: 7, revenue: [{ currency: 'EUR', amount: 1_730 }] };
  const ofCancelled = { orders: 1, units: 9, revenue: [{ currency: 'USD', amount: 90 }] };
  const none = { orders: 0, units: 0, revenue: [] };

  beforeEach(async () => {
    const index = await freshIndex();
    await Promise.all(
      [two, cancelled, other, earlier].map((order) => index.handle(orderChange(insertOf(order)), signal)),
    );
    await client.indices.refresh({ index: 'orders' });
  });

  it('in total count what is sold, and show each status', async () => {
    expect((await march('day')).totals).toEqual({
      ...ofTwo,
      byStatus: [
        { status: 'placed', ...ofTwo },
        { status: 'cancelled', ...ofCancelled },
      ],
    });
  });

  it('by day have both ends of the span', async () => {
    expect((await march('day')).buckets).toEqual([
      { key: '2026-03-01', ...ofTwo, byStatus: [{ status: 'placed', ...ofTwo }] },
      { key: '2026-03-31', ...none, byStatus: [{ status: 'cancelled', ...ofCancelled }] },
    ]);
  });

  it('by category count an order once in each of its own, with the lines of that', async () => {
    const { buckets, totals } = await march('category');
    expect(buckets).toMatchObject([
      { key: 'Furniture', orders: 1, units: 5, revenue: [{ currency: 'EUR', amount: 1_700 }] },
      {
        key: 'Office',
        orders: 1,
        units: 2,
        revenue: [{ currency: 'EUR', amount: 30 }],
        byStatus: [{ status: 'placed' }, { status: 'cancelled', orders: 1, units: 9 }],
      },
    ]);
    expect(totals.orders).toBe(1);
  });

  it('by region have orders without one in a bucket without a key', async () => {
    expect((await march('region')).buckets).toMatchObject([
      { ...none, byStatus: [{ status: 'cancelled', ...ofCancelled }] },
      { key: 'West', ...ofTwo },
    ]);
  });

  it('of a span without orders are none', async () => {
    const result = await analysis({ from: '2025-01-01', to: '2025-12-31', by: 'category' });
    expect(result).toMatchObject({ totals: { ...none, byStatus: [] }, buckets: [] });
  });

  it.each(['day', 'category', 'region'])('by %s hold every piece once', async (by) => {
    const { buckets } = await march(by);
    const units = buckets.flatMap(({ byStatus }) => byStatus).reduce((sum, one) => sum + one.units, 0);
    expect(units).toBe(orderUnits(two.lines) + orderUnits(cancelled.lines));
  });
});

describe('the figures of one day', () => {
  const day = '2026-03-01';
  const currencies = ['CHF', 'CZK', 'DKK', 'EUR', 'GBP', 'JPY', 'NOK', 'PLN', 'SEK', 'USD', 'BHD'];
  const lines = Array.from({ length: 30 }, (_, n) => orderLine({ category: `category ${n}` }));
  const oneOfEach = currencies.flatMap((currency, row) =>
    OrderStatus.options.map((status, column) =>
      orderItem({
        orderId: orderIdOf(row * OrderStatus.options.length + column),
        createdAt: `${day}T12:00:00.000Z`,
        currency,
        status,
        lines,
      }),
    ),
  );

  beforeEach(async () => {
    const index = await freshIndex();
    await Promise.all(oneOfEach.map((order) => index.handle(orderChange(insertOf(order)), signal)));
    await client.indices.refresh({ index: 'orders' });
  });

  it.each(['day', 'category', 'region'])(
    'by %s are there for every status in many currencies',
    async (by) => {
      const { totals, buckets } = await analysis({ from: day, to: day, by });
      expect(buckets).toHaveLength(by === 'category' ? lines.length : 1);
      for (const { byStatus } of [totals, ...buckets]) {
        expect(byStatus.map(({ status }) => status)).toEqual(OrderStatus.options);
        for (const { revenue } of byStatus) expect(revenue).toHaveLength(currencies.length);
      }
    },
  );

  it('are refused, and not to be tried again, where they have more buckets than the cluster counts', async () => {
    const setLimit = (limit: number | null) =>
      client.cluster.putSettings({ body: { transient: { 'search.max_buckets': limit } } });
    // More than the statuses and currencies that are asked for, and less than these with each category.
    await setLimit(1_300);
    try {
      await expect(analysis({ from: day, to: day, by: 'category' })).rejects.toThrow(InvalidRequestError);
    } finally {
      await setLimit(null);
    }
  });

  it.each(['day', 'category', 'region'])(
    'by %s are there though the index holds documents that break their contract',
    async (by) => {
      const result = await analysis({ from: day, to: day, by });
      const [good] = oneOfEach;
      const source = documentOf(good ?? orderItem(), hashEmail)?.source;
      const broken = [
        { status: 'returned' },
        { status: null },
        { currency: 'euro' },
        { currency: null },
        { lines: null },
        { total: null, units: null, lines: [] },
      ];
      await client.bulk({
        body: broken.flatMap((fault, n) => [
          { index: { _index: 'orders-write', _id: `broken-${n}` } },
          { ...source, ...fault, createdAt: `${day}T00:00:00.000Z` },
        ]),
        refresh: true,
      });
      logger.warn.mockClear();
      const { totals, buckets } = await analysis({ from: day, to: day, by });
      expect(totals.byStatus.slice(1)).toEqual(result.totals.byStatus.slice(1));
      expect(buckets).toHaveLength(result.buckets.length);
      expect(logger.warn).toHaveBeenCalled();
      expect(JSON.stringify(logger.warn.mock.calls)).not.toMatch(/returned|euro/);
    },
  );
});
