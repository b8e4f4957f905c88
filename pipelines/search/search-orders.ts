import type { OrderSearchResult, SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import { read } from '../../contracts/reading.ts';
import { InvalidPageTokenError } from '../paging/errors.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from './errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from './open-search.ts';
import { type FoundHit, OrderSearchAnswer, orderHit, orderSummary } from './order-search-answer.ts';
import { OrderSearchPosition } from './order-search-position.ts';
import { type OrdersWanted, orderSearchRequest, sortOf } from './order-search-request.ts';
import { closePointInTime, openPointInTime } from './point-in-time.ts';
import type { VisibleOrders } from './visible-orders.ts';

/** What orders are searched with. */
export interface SearchOrdersDeps {
  readonly openSearch: OpenSearchClient;
  readonly pageTokens: PageTokens;
}

/** What is asked for, by whom, and what they may see. */
export type OrderSearchAsked = SearchOrdersQuery & {
  /** The `sub` of the caller. */
  readonly caller: string;
  readonly visible: VisibleOrders;
};

/** Longer than OpenSearch itself searches, so that it is the one that ends a long search. */
const REQUEST_TIMEOUT_MS = 4_000;
const HTTP_OK = 200;
const HTTP_NOT_FOUND = 404;

/**
 * Finds a page of those of the visible orders that are asked for. The index is behind the table by as much as the mapping and
 * a refresh take. Whatever a token says, a page holds visible orders only.
 *
 * @throws InvalidRequestError for a range that ends before it starts; InvalidPageTokenError, also when the token's point in
 * time is gone; SearchTimedOutError; SearchUnavailableError when OpenSearch does not answer with hits.
 */
export async function searchOrders(
  { openSearch, pageTokens }: SearchOrdersDeps,
  { caller, visible, nextToken, ...wanted }: OrderSearchAsked,
): Promise<OrderSearchResult> {
  const scope = { operation: 'searchOrders', query: wanted, caller };
  const position =
    nextToken === undefined
      ? undefined
      : await inPointInTime(openSearch, await pageTokens.open(scope, nextToken, OrderSearchPosition));
  const answer = await found(openSearch, orderSearchRequest(wanted, visible, position));
  const hits = answer.hits.hits.slice(0, wanted.limit);
  const pointInTime = answer.pit_id ?? position?.pointInTime;
  const page = { hits: hits.map(orderHit), ...orderSummary(answer) };
  if (answer.hits.hits.length > hits.length) {
    const next =
      position === undefined
        ? secondPage(wanted, hits)
        : { ...position, pointInTime, after: hits.at(-1)?.sort };
    return { ...page, nextToken: await pageTokens.seal(scope, next) };
  }
  if (pointInTime !== undefined) await closePointInTime(openSearch, pointInTime);
  return page;
}

async function inPointInTime(
  client: OpenSearchClient,
  position: OrderSearchPosition,
): Promise<OrderSearchPosition> {
  return { ...position, pointInTime: position.pointInTime ?? (await openPointInTime(client)) };
}

const secondPage = (wanted: OrdersWanted, hits: readonly FoundHit[]): OrderSearchPosition =>
  sortOf(wanted) === 'relevance'
    ? { shown: hits.map(({ _source }) => _source.orderId) }
    : { after: hits.at(-1)?.sort, shown: [] };

async function found(
  client: OpenSearchClient,
  request: ReturnType<typeof orderSearchRequest>,
): Promise<OrderSearchAnswer> {
  const answer = await openSearchAnswer(client, request, { timeoutMs: REQUEST_TIMEOUT_MS });
  // The one thing that a search names and that may be gone: its point in time, or the index that it was of.
  if (answer.status === HTTP_NOT_FOUND && request.body?.['pit'] !== undefined)
    throw new InvalidPageTokenError();
  const parsed = read(OrderSearchAnswer, answer.body);
  if (answer.status !== HTTP_OK || !parsed.success)
    throw new SearchUnavailableError(
      `OpenSearch found nothing to show: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
  if (parsed.data.timed_out)
    throw new SearchTimedOutError('OpenSearch did not search all of the index in time');
  if (parsed.data._shards.failed > 0) throw new SearchUnavailableError('A part of the index did not answer');
  return parsed.data;
}
