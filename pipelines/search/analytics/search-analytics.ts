import type { Logger } from '@aws-lambda-powertools/logger';
import type {
  AnalyticsBucket,
  SearchAnalyticsQuery,
  SearchAnalyticsResult,
} from '../../../contracts/api/search-analytics.ts';
import { read } from '../../../contracts/reading.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from '../open-search.ts';
import { AnalyticsAnswer, analyticsRows, TooManyBuckets, tooMany } from './analytics-answer.ts';
import { analyticsRequest, CATEGORY_ROWS_MAX } from './analytics-request.ts';
import { analyticsSpan } from './analytics-span.ts';
import { orderFigures } from './order-figures.ts';

/** Longer than OpenSearch itself counts, so that it is the one that ends what takes too long. */
const REQUEST_TIMEOUT_MS = 7_000;
const HTTP_OK = 200;

/** What orders are counted with. */
export interface SearchAnalyticsDeps {
  readonly openSearch: OpenSearchClient;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Counts the orders of a span as the index has them. By day its figures are those of the daily stats, once the index and the
 * stats are where the table is: both put an order under the UTC day of `createdAt` and its present status.
 *
 * @throws InvalidRequestError for a span that cannot be told, or whose figures are too many or too large to be told exactly;
 * SearchTimedOutError; SearchUnavailableError when OpenSearch does not answer with figures.
 */
export async function searchAnalytics(
  { openSearch, logger }: SearchAnalyticsDeps,
  { by, ...wanted }: SearchAnalyticsQuery,
  now: Date,
): Promise<SearchAnalyticsResult> {
  const span = analyticsSpan(wanted, now);
  const answer = await openSearchAnswer(openSearch, analyticsRequest(by, span), {
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  const parsed = read(AnalyticsAnswer, answer.body);
  if (read(TooManyBuckets, answer.body).success)
    throw tooMany(CATEGORY_ROWS_MAX, 'categories with status and currency');
  if (answer.status !== HTTP_OK || !parsed.success)
    throw new SearchUnavailableError(
      `OpenSearch did not count the orders: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
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
