import type {
  AnalyticsBucket,
  SearchAnalyticsQuery,
  SearchAnalyticsResult,
} from '../../../contracts/api/search-analytics.ts';
import { read } from '../../../contracts/reading.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from '../open-search.ts';
import { AnalyticsAnswer, bucketRows, totalRows } from './analytics-answer.ts';
import { analyticsRequest } from './analytics-request.ts';
import { analyticsSpan } from './analytics-span.ts';
import { orderFigures } from './order-figures.ts';

/** Longer than OpenSearch itself counts, so that it is the one that ends what takes too long. */
const REQUEST_TIMEOUT_MS = 7_000;
const HTTP_OK = 200;

/**
 * Counts the orders of a span as the index has them. By day its figures are those of the daily stats, once the index and the
 * stats are where the table is: both put an order under the UTC day of `createdAt` and its present status.
 *
 * @throws InvalidRequestError for a span that cannot be told, or whose figures are too many or too large to be told exactly;
 * SearchTimedOutError; SearchUnavailableError when OpenSearch does not answer with figures.
 */
export async function searchAnalytics(
  client: OpenSearchClient,
  { by, ...wanted }: SearchAnalyticsQuery,
  now: Date,
): Promise<SearchAnalyticsResult> {
  const span = analyticsSpan(wanted, now);
  const answer = await openSearchAnswer(client, analyticsRequest(by, span), {
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  const parsed = read(AnalyticsAnswer, answer.body);
  if (answer.status !== HTTP_OK || !parsed.success)
    throw new SearchUnavailableError(
      `OpenSearch did not count the orders: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
  if (parsed.data.timed_out || parsed.data._shards.failed > 0)
    throw new SearchTimedOutError('OpenSearch did not count all of the index in time');
  const byKey = Map.groupBy(bucketRows(parsed.data), ({ key }) => key);
  const buckets = [...byKey].map(
    ([key, rows]): AnalyticsBucket => ({ ...(key !== undefined && { key }), ...orderFigures(rows) }),
  );
  return { ...span, by, totals: orderFigures(totalRows(parsed.data)), buckets: buckets.toSorted(inKeyOrder) };
}

// Orders that name no region come first, as OpenSearch has them.
const inKeyOrder = ({ key: one = '' }: AnalyticsBucket, { key: other = '' }: AnalyticsBucket): number =>
  one < other ? -1 : 1;
