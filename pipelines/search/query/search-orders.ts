import type { Logger } from '@aws-lambda-powertools/logger';
import type { OrderSearchResult, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { read } from '../../../contracts/reading.ts';
import type { PageTokens } from '../../paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from '../open-search.ts';
import { OrderSearchPosition, orderSearchRequest } from './order-search-request.ts';
import { OrderSearchAnswer, orderHits, orderSummary } from './order-search-result.ts';
import type { VisibleOrders } from './order-text-query.ts';

/** What orders are searched with. */
export interface SearchOrdersDeps {
  readonly openSearch: OpenSearchClient;
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
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

/**
 * Finds a page of those of the visible orders that are asked for. The index is behind the table by as much as the mapping and
 * a refresh take. Whatever a token says, a page holds visible orders only.
 *
 * Each page is of the index as it is then. Following the tokens gives each order that matches all the while once, in order, whatever is
 * written meanwhile.
 *
 * @throws InvalidRequestError for a range that ends before it starts; InvalidPageTokenError; SearchTimedOutError;
 * SearchUnavailableError when OpenSearch does not answer with hits.
 */
export async function searchOrders(
  { openSearch, pageTokens, logger }: SearchOrdersDeps,
  { caller, visible, nextToken, ...wanted }: OrderSearchAsked,
): Promise<OrderSearchResult> {
  const scope = { operation: 'searchOrders', query: wanted, caller };
  const position =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, OrderSearchPosition);
  const answer = await found(openSearch, orderSearchRequest(wanted, visible, position));
  const hits = answer.hits.hits.slice(0, wanted.limit);
  const page = { hits: orderHits(hits, logger), ...orderSummary(answer) };
  const last = hits.at(-1);
  if (last === undefined || answer.hits.hits.length === hits.length) return page;
  const next: OrderSearchPosition = { after: last.sort };
  return { ...page, nextToken: await pageTokens.seal(scope, next) };
}

async function found(
  client: OpenSearchClient,
  request: ReturnType<typeof orderSearchRequest>,
): Promise<OrderSearchAnswer> {
  const answer = await openSearchAnswer(client, request, { timeoutMs: REQUEST_TIMEOUT_MS });
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
