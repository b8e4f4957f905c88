import type { AnalyticsGrouping } from '../../../contracts/api/search.ts';
import { readAlias } from '../index-names.ts';
import type { OpenSearchRequest } from '../open-search.ts';
import type { AnalyticsSpan } from './search-analytics.ts';

/** How many different keys, statuses and currencies together a response by day or region can have. */
export const ROWS_MAX = 10_000;
/** How many different statuses and currencies together a response can have: more than all statuses in all currencies of ISO 4217. */
export const STATUS_CURRENCIES_MAX = 1_200;
/** How many categories orders of one status and currency can have. */
export const CATEGORIES_MAX = 1_000;
/**
 * How many different categories, statuses and currencies together a response can have. With the statuses and currencies, which are counted
 * twice, it stays below the 65,535 buckets of `search.max_buckets`.
 */
export const CATEGORY_ROWS_MAX = 60_000;

const TIMEOUT = '5s';
const FIRST_MOMENT = 'T00:00:00.000Z';
const LAST_MOMENT = 'T23:59:59.999Z';

type Source = Readonly<Record<string, object>>;
const STATUS: Source = { status: { terms: { field: 'status' } } };
const CURRENCY: Source = { currency: { terms: { field: 'currency' } } };
const ORDER_SUMS = { units: sum('units'), revenue: sum('total') };

/**
 * The request for the figures of a span. The totals are counted separately, since an order of two categories is in two buckets.
 *
 * `composite` counts exactly for any number of shards, and returns as many rows as there are, up to its size.
 * See https://docs.opensearch.org/latest/aggregations/bucket/composite/.
 */
export const analyticsRequest = (by: AnalyticsGrouping, { from, to }: AnalyticsSpan): OpenSearchRequest => ({
  method: 'POST',
  path: `/${readAlias('orders')}/_search`,
  body: {
    size: 0,
    timeout: TIMEOUT,
    track_total_hits: false,
    query: {
      range: { createdAt: { gte: from + FIRST_MOMENT, lte: to + LAST_MOMENT } },
    },
    aggs: {
      totals: rows(STATUS_CURRENCIES_MAX, [STATUS, CURRENCY], ORDER_SUMS),
      ...(by === 'category' ? { categories: BY_CATEGORY } : { keys: BY_KEY[by] }),
    },
  },
});

const DAY: Source = {
  key: {
    date_histogram: { field: 'createdAt', calendar_interval: '1d', time_zone: 'UTC', format: 'yyyy-MM-dd' },
  },
};
const REGION: Source = { key: { terms: { field: 'shipTo.region', missing_bucket: true } } };
const BY_KEY = {
  day: rows(ROWS_MAX, [DAY, STATUS, CURRENCY], ORDER_SUMS),
  region: rows(ROWS_MAX, [REGION, STATUS, CURRENCY], ORDER_SUMS),
};

// A line does not know its order's status and currency, so the orders are grouped by those before their lines are counted.
const BY_CATEGORY = rows(STATUS_CURRENCIES_MAX, [STATUS, CURRENCY], {
  lines: {
    nested: { path: 'lines' },
    aggs: {
      keys: {
        terms: { field: 'lines.category', size: CATEGORIES_MAX, order: { _key: 'asc' } },
        aggs: {
          orders: { reverse_nested: {} },
          units: sum('lines.quantity'),
          revenue: sum('lines.amount'),
        },
      },
    },
  },
});

/** At most `max` rows, and one more that shows whether there are others. */
function rows(max: number, sources: readonly Source[], aggs: object): object {
  return { composite: { size: max + 1, sources }, aggs };
}

function sum(field: string): object {
  return { sum: { field } };
}
