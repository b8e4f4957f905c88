import type { Logger } from '@aws-lambda-powertools/logger';
import type { OrderSearchResult, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { read } from '../../../contracts/reading.ts';
import type { PageTokens } from '../../paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../open-search.ts';
import { emptySearchHelp } from './empty-search-help.ts';
import {
  emptyOrderSearch,
  ORDER_FIELDS,
  OrderSearchPosition,
  type OrdersWanted,
  orderSearchRequest,
} from './order-search-request.ts';
import { OrderSearchResponse, orderHits, orderSummary } from './order-search-result.ts';
import { mayBeMisspelled } from './text-query.ts';
import type { VisibleOrders } from './visible-orders.ts';

/** What orders are searched with. */
export interface SearchOrdersDeps {
  readonly openSearch: OpenSearchClient;
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
}

/** The query, its caller, and the orders that the caller may see. */
export type OrderSearchAsked = SearchOrdersQuery & {
  /** The `sub` of the caller. */
  readonly caller: string;
  readonly visible: VisibleOrders;
};

/** Longer than OpenSearch's own time-out, so that OpenSearch ends a long search. */
const REQUEST_TIMEOUT_MS = 4_000;
const HTTP_OK = 200;

/**
 * Finds a page of the visible orders that match. The index lags behind the table by the time that the mapping and
 * a refresh take. With any token, a page holds visible orders only.
 *
 * Each page is of the current index. Following the tokens returns each order that matches during that time once, in order, with any
 * writes meanwhile.
 *
 * @throws InvalidRequestError for a range that ends before it starts; InvalidPageTokenError; SearchTimedOutError;
 * SearchUnavailableError when OpenSearch does not return hits.
 */
export async function searchOrders(
  { openSearch, pageTokens, logger }: SearchOrdersDeps,
  { caller, visible, nextToken, ...wanted }: OrderSearchAsked,
): Promise<OrderSearchResult> {
  const scope = { operation: 'searchOrders', query: wanted, caller };
  const position =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, OrderSearchPosition);
  const { response, matches } = await matching(openSearch, wanted, visible, position);
  const hits = response.hits.hits.slice(0, wanted.limit);
  const help =
    response.hits.total?.value === 0
      ? await emptySearchHelp(openSearch, emptyOrderSearch(wanted, visible), logger)
      : undefined;
  const page = {
    hits: orderHits(hits, wanted.q, logger),
    ...orderSummary(response),
    ...(matches && { matches }),
    ...(help && { help }),
  };
  const last = hits.at(-1);
  if (last === undefined || response.hits.hits.length === hits.length) return page;
  const next: OrderSearchPosition = { after: last.sort, ...(matches && { matches }) };
  return { ...page, nextToken: await pageTokens.seal(scope, next) };
}

/** What a page has, and whether it matches similar words. */
type Matching = Pick<OrderSearchPosition, 'matches'> & { readonly response: OrderSearchResponse };

// Typos are forgiven where no order has the words as they are spelled, with any status and category: they are facets, and say how many.
async function matching(
  client: OpenSearchClient,
  wanted: OrdersWanted,
  visible: VisibleOrders,
  position: OrderSearchPosition | undefined,
): Promise<Matching> {
  const similar = async (): Promise<Matching> => ({
    response: await found(client, orderSearchRequest(wanted, visible, { spelling: 'similar', position })),
    matches: 'similar-words',
  });
  if (position?.matches !== undefined) return similar();
  const response = await found(client, orderSearchRequest(wanted, visible, { spelling: 'exact', position }));
  if (response.aggregations?.unfaceted.doc_count !== 0 || !mayBeMisspelled(wanted.q ?? '', ORDER_FIELDS))
    return { response };
  const other = await similar();
  return other.response.aggregations?.unfaceted.doc_count === 0 ? { response } : other;
}

async function found(
  client: OpenSearchClient,
  request: ReturnType<typeof orderSearchRequest>,
): Promise<OrderSearchResponse> {
  const response = await openSearchResponse(client, request, { timeoutMs: REQUEST_TIMEOUT_MS });
  const parsed = read(OrderSearchResponse, response.body);
  if (response.status !== HTTP_OK || !parsed.success)
    throw new SearchUnavailableError(
      `OpenSearch found nothing to show: ${response.status} ${errorType(response) ?? 'without a reason'}`,
    );
  if (parsed.data.timed_out)
    throw new SearchTimedOutError('OpenSearch did not search all of the index in time');
  if (parsed.data._shards.failed > 0)
    throw new SearchUnavailableError('A shard of the index did not respond');
  return parsed.data;
}
