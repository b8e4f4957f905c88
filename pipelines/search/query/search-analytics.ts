import type { Logger } from '@aws-lambda-powertools/logger';
import type {
  AnalyticsBucket,
  OrderFigures,
  Revenue,
  SearchAnalyticsQuery,
  SearchAnalyticsResult,
  StatusFigures,
} from '../../../contracts/api/search.ts';
import { Day } from '../../../contracts/ids.ts';
import type { Currency } from '../../../contracts/money.ts';
import { OrderStatus, SOLD } from '../../../contracts/order-status.ts';
import { parse, read } from '../../../contracts/reading.ts';
import { MS_PER_DAY } from '../../../contracts/units.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { SearchTimedOutError } from '../errors.ts';
import { type OpenSearchClient, openSearchResponse, searchFailure } from '../open-search.ts';
import { analyticsRequest, CATEGORY_ROWS_MAX } from './analytics-request.ts';
import {
  AnalyticsResponse,
  type AnalyticsRow,
  analyticsRows,
  TooManyBuckets,
  tooMany,
} from './analytics-result.ts';

/** How many days a span has by default. */
export const SPAN_DAYS_DEFAULT = 30;
/** How many days a span may have. */
export const SPAN_DAYS_MAX = 366;

const DAY_CHARACTERS = 'yyyy-mm-dd'.length;

/** A span of days in UTC; both belong to it. */
export interface AnalyticsSpan {
  readonly from: Day;
  readonly to: Day;
}

/**
 * The span that a query asks for. Without an end it ends today, and without a start it is {@link SPAN_DAYS_DEFAULT} days long.
 *
 * @throws InvalidRequestError when it ends before it starts, or is longer than {@link SPAN_DAYS_MAX} days.
 */
export function analyticsSpan(
  { from, to }: Pick<SearchAnalyticsQuery, 'from' | 'to'>,
  now: Date,
): AnalyticsSpan {
  const end = to ?? dayOf(now);
  const start = from ?? dayOf(new Date(Date.parse(end) - (SPAN_DAYS_DEFAULT - 1) * MS_PER_DAY));
  const days = (Date.parse(end) - Date.parse(start)) / MS_PER_DAY + 1;
  if (days < 1) throw refusal('must not be after `to`, which is today unless it is given');
  if (days > SPAN_DAYS_MAX) throw refusal(`must be ${SPAN_DAYS_MAX - 1} days before \`to\` at most`);
  return { from: start, to: end };
}

const dayOf = (date: Date): Day => parse(Day, date.toISOString().slice(0, DAY_CHARACTERS));
const refusal = (message: string): InvalidRequestError =>
  new InvalidRequestError('The span of time is invalid.', [{ in: 'query', field: 'from', message }]);

/** The figures of the rows of one key. @throws InvalidRequestError where a sum is not exact. */
const orderFigures = (rows: readonly AnalyticsRow[]): OrderFigures => ({
  ...figures(rows.filter(({ status }) => SOLD.has(status))),
  byStatus: OrderStatus.options.flatMap((status): StatusFigures[] => {
    const ofStatus = rows.filter((row) => row.status === status);
    return ofStatus.length === 0 ? [] : [{ status, ...figures(ofStatus) }];
  }),
});

function figures(rows: readonly AnalyticsRow[]): Omit<OrderFigures, 'byStatus'> {
  const amounts = new Map<Currency, number>();
  for (const { currency, revenue } of rows)
    amounts.set(currency, exact((amounts.get(currency) ?? 0) + revenue));
  return {
    orders: rows.reduce((sum, { orders }) => sum + orders, 0),
    units: rows.reduce((sum, { units }) => exact(sum + units), 0),
    revenue: [...amounts].map(([currency, amount]): Revenue => ({ currency, amount })).toSorted(byCurrency),
  };
}

const byCurrency = (one: Revenue, other: Revenue): number => (one.currency < other.currency ? -1 : 1);

/**
 * OpenSearch and JavaScript add in doubles, which hold each integer up to 2^53. Nothing that is added is negative, so a sum below
 * that was never beyond it on the way.
 */
function exact(sum: number): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new InvalidRequestError('The sum of the orders is too large to be exact.', [
    { in: 'query', field: 'from', message: 'must be later, so that the span has fewer orders' },
  ]);
}

/** Longer than OpenSearch's own time-out, so that OpenSearch ends what takes too long. */
const REQUEST_TIMEOUT_MS = 7_000;
const HTTP_OK = 200;

/** What orders are counted with. */
export interface SearchAnalyticsDeps {
  readonly openSearch: OpenSearchClient;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Counts the orders of a span as the index has them. By day its figures are those of the daily stats, once the index and the
 * stats are consistent with the table: both count an order under the UTC day of `createdAt` and its current status.
 *
 * @throws InvalidRequestError for an invalid span, or one whose figures are too many or too large to be exact;
 * SearchTimedOutError; SearchUnavailableError when OpenSearch does not return figures; SearchQueryRefusedError.
 */
export async function searchAnalytics(
  { openSearch, logger }: SearchAnalyticsDeps,
  { by, ...wanted }: SearchAnalyticsQuery,
  now: Date,
): Promise<SearchAnalyticsResult> {
  const span = analyticsSpan(wanted, now);
  const response = await openSearchResponse(openSearch, analyticsRequest(by, span), {
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  const parsed = read(AnalyticsResponse, response.body);
  if (read(TooManyBuckets, response.body).success)
    throw tooMany(CATEGORY_ROWS_MAX, 'categories with status and currency');
  if (response.status !== HTTP_OK || !parsed.success)
    throw searchFailure('OpenSearch did not count the orders', response);
  if (parsed.data.timed_out || parsed.data._shards.failed > 0)
    throw new SearchTimedOutError('OpenSearch did not count all of the index in time');
  const rows = analyticsRows(parsed.data, logger);
  const byKey = Map.groupBy(rows.buckets, ({ key }) => key);
  const buckets = [...byKey].map(
    ([key, rows]): AnalyticsBucket => ({ ...(key !== undefined && { key }), ...orderFigures(rows) }),
  );
  return { ...span, by, totals: orderFigures(rows.totals), buckets: buckets.toSorted(inKeyOrder) };
}

// Orders that name no region come first, as OpenSearch has them.
const inKeyOrder = ({ key: one = '' }: AnalyticsBucket, { key: other = '' }: AnalyticsBucket): number =>
  one < other ? -1 : 1;
