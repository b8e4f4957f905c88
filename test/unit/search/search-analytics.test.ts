import { describe, expect, it, vi } from 'vitest';
import { SearchAnalyticsQuery } from '../../../contracts/api/search.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import type { OpenSearchClient } from '../../../pipelines/search/open-search.ts';
import {
  CATEGORIES_MAX,
  ROWS_MAX,
  STATUS_CURRENCIES_MAX,
} from '../../../pipelines/search/query/analytics-request.ts';
import { searchAnalytics } from '../../../pipelines/search/query/search-analytics.ts';

const row = (revenue: number, key: object = {}) => ({
  key: { status: 'placed', currency: 'EUR', ...key },
  doc_count: 1,
  units: { value: 2 },
  revenue: { value: revenue },
});
const currencyOf = (n: number): string =>
  String.fromCharCode(65 + Math.floor(n / 676), 65 + (Math.floor(n / 26) % 26), 65 + (n % 26));
const categories = (count: number, others: number) => ({
  buckets: [
    {
      ...row(0),
      lines: {
        keys: {
          sum_other_doc_count: others,
          buckets: Array.from({ length: count }, (_, n) => ({
            ...row(1),
            key: `category ${n}`,
            orders: { doc_count: 1 },
          })),
        },
      },
    },
  ],
});
const responding = (body: object, statusCode = 200): OpenSearchClient => ({
  transport: {
    request: () => Object.assign(Promise.resolve({ statusCode, body }), { abort: () => {} }),
  },
});
const complete = { timed_out: false, _shards: { failed: 0 } };
const counting = (aggregations: object) => responding({ ...complete, aggregations });
const of = (...rows: object[]) => ({ buckets: rows });
const analysis = (client: OpenSearchClient) =>
  searchAnalytics(
    { openSearch: client, logger: { warn: vi.fn() } },
    SearchAnalyticsQuery.parse({}),
    new Date('2026-11-25T12:00:00.000Z'),
  );

describe('an analysis of the orders', () => {
  it('returns the largest sum that is exact', async () => {
    const result = await analysis(counting({ totals: of(row(Number.MAX_SAFE_INTEGER)) }));
    expect(result.totals.revenue).toEqual([{ currency: 'EUR', amount: Number.MAX_SAFE_INTEGER }]);
  });

  it.each([
    ['of one status', [row(2 ** 53)]],
    ['over several', [row(2 ** 52), row(2 ** 52, { status: 'confirmed' })]],
  ])('is refused where a sum is not exact: %s', async (_, rows) => {
    await expect(analysis(counting({ totals: of(...rows) }))).rejects.toThrow(InvalidRequestError);
  });

  it('never adds amounts of different currencies', async () => {
    const result = await analysis(counting({ totals: of(row(5), row(7, { currency: 'CHF' })) }));
    expect(result.totals.revenue).toEqual([
      { currency: 'CHF', amount: 7 },
      { currency: 'EUR', amount: 5 },
    ]);
  });

  it('returns as many categories as there can be', async () => {
    const aggregations = { totals: of(row(1)), categories: categories(CATEGORIES_MAX, 0) };
    expect((await analysis(counting(aggregations))).buckets).toHaveLength(CATEGORIES_MAX);
  });

  it('returns as many buckets as there can be', async () => {
    const keys = of(...Array.from({ length: ROWS_MAX }, (_, n) => day(n)));
    expect((await analysis(counting({ totals: of(row(1)), keys }))).buckets).toHaveLength(ROWS_MAX);
  });

  const pairs = (count: number) =>
    of(...Array.from({ length: count }, (_, n) => row(1, { currency: currencyOf(n) })));
  it('returns as many statuses with currencies as there can be, and refuses more', async () => {
    const most = await analysis(counting({ totals: pairs(STATUS_CURRENCIES_MAX) }));
    expect(most.totals.revenue).toHaveLength(STATUS_CURRENCIES_MAX);
    const more = analysis(counting({ totals: pairs(STATUS_CURRENCIES_MAX + 1) }));
    await expect(more).rejects.toThrow(InvalidRequestError);
  });

  const day = (n: number) => row(1, { key: `day ${n}` });
  it.each([
    ['buckets', { keys: of(...Array.from({ length: ROWS_MAX + 1 }, (_, n) => day(n))) }],
    ['categories', { categories: categories(CATEGORIES_MAX, 1) }],
  ])('is refused where there are more %s than are counted', async (_, cut) => {
    await expect(analysis(counting({ totals: of(row(1)), ...cut }))).rejects.toThrow(InvalidRequestError);
  });

  const aggregations = { totals: of(row(1)) };
  it.each([
    ['took too long', responding({ ...complete, timed_out: true, aggregations }), SearchTimedOutError],
    ['lacks a shard', responding({ ...complete, _shards: { failed: 1 }, aggregations }), SearchTimedOutError],
    [
      'is not a valid response',
      responding({ error: { type: 'search_phase_execution_exception' } }, 503),
      SearchUnavailableError,
    ],
  ])('is to be tried again where the response of OpenSearch %s', async (_, client, error) => {
    await expect(analysis(client)).rejects.toThrow(error);
  });
});
