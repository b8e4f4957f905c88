import type { FacetValue, OrderSearchResult, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { orderSearch } from './order-search-request.ts';
import { orderHits } from './order-search-result.ts';
import { type FacetCount, type SearchDeps, searchPage } from './search-page.ts';
import type { VisibleOrders } from './visible-orders.ts';

/** The query, its caller, and the orders that the caller may see. */
export type OrderSearchAsked = SearchOrdersQuery & {
  /** The `sub` of the caller. */
  readonly caller: string;
  readonly visible: VisibleOrders;
};

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
  deps: SearchDeps,
  { caller, visible, nextToken, ...wanted }: OrderSearchAsked,
): Promise<OrderSearchResult> {
  const scope = { operation: 'searchOrders', query: wanted, caller };
  const search = orderSearch(wanted, visible);
  const { found, facets, members } = await searchPage(deps, { scope, nextToken }, search);
  const countsOf = (name: string) => facets?.[name]?.map(ofOrders) ?? [];
  return {
    hits: orderHits(found, wanted.q, deps.logger),
    ...members,
    ...(facets && { facets: { status: countsOf('status'), category: countsOf('category') } }),
  };
}

const ofOrders = ({ value, count }: FacetCount): FacetValue => ({ value, orders: count });
