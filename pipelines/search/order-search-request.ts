import type { OrderSort, SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import { readAlias } from './index-names.ts';
import type { OpenSearchRequest } from './open-search.ts';
import { rangeFilters, term } from './order-filters.ts';
import type { OrderSearchPosition } from './order-search-position.ts';
import { orderTextQuery, type QueryClause } from './order-text-query.ts';
import { POINT_IN_TIME_KEEP_ALIVE } from './point-in-time.ts';
import { type VisibleOrders, visibilityFilter } from './visible-orders.ts';

/**
 * Unicode's own start and end of a selected area. Controls cannot be part of a text that was indexed (contracts/text.ts), so
 * nothing in a document passes for a mark; and unlike the C0 controls OpenSearch does not trim these off a fragment.
 */
export const HIT_START = '\u0086';
export const HIT_END = '\u0087';

const TIMEOUT = '3s';
const COUNTED_MAX = 10_000;
const FACET_VALUES_MAX = 20;
const FRAGMENTS_MAX = 3;
const FRAGMENT_CHARACTERS = 120;
const SOURCE = ['orderId', 'userId', 'status', 'total', 'currency', 'units', 'createdAt', 'version'];
const HIGHLIGHTED = ['lines.name', 'shipTo.name', 'shipTo.city'];

/** Each ends with the order's id, so that no two hits have the same place. */
const SORTS: Readonly<Record<OrderSort, readonly unknown[]>> = {
  relevance: ['_score', { createdAt: 'desc' }, { orderId: 'desc' }],
  'createdAt:desc': [{ createdAt: 'desc' }, { orderId: 'desc' }],
  'createdAt:asc': [{ createdAt: 'asc' }, { orderId: 'asc' }],
  'total:desc': [{ total: 'desc' }, { orderId: 'desc' }],
  'total:asc': [{ total: 'asc' }, { orderId: 'desc' }],
};

/** What is asked for, without what says which page of it. */
export type OrdersWanted = Omit<SearchOrdersQuery, 'nextToken'>;

/** How the hits of a query are sorted. */
export const sortOf = ({ q, sort }: Pick<OrdersWanted, 'q' | 'sort'>): OrderSort =>
  sort ?? (q === undefined ? 'createdAt:desc' : 'relevance');

/**
 * The request that finds a page of orders, and one more that tells whether there is a next page. Facets and number are asked for with the first page alone.
 *
 * @throws InvalidRequestError for a range that ends before it starts.
 */
export function orderSearchRequest(
  wanted: OrdersWanted,
  visible: VisibleOrders,
  position?: OrderSearchPosition,
): OpenSearchRequest {
  const { q, status, category, userId, limit, explain } = wanted;
  const ofStatus = status === undefined ? [] : [term('status', status)];
  const ofCategory = category === undefined ? [] : [term('lines.category', category)];
  const ofUser = userId === undefined ? [] : [term('userId', userId)];
  const filter = [...visibilityFilter(visible), ...ofUser, ...rangeFilters(wanted)];
  return {
    method: 'POST',
    // A point in time knows its index, and is not searched below a name.
    path: position?.pointInTime === undefined ? `/${readAlias('orders')}/_search` : '/_search',
    body: {
      size: limit + 1,
      timeout: TIMEOUT,
      _source: SOURCE,
      query: { bool: { must: [q === undefined ? { match_all: {} } : orderTextQuery(q)], filter } },
      // After the facets, each of which shows what choosing another of its values would find.
      post_filter: { bool: { filter: [...ofStatus, ...ofCategory], must_not: shownBefore(position) } },
      highlight: {
        pre_tags: [HIT_START],
        post_tags: [HIT_END],
        require_field_match: false,
        number_of_fragments: FRAGMENTS_MAX,
        fragment_size: FRAGMENT_CHARACTERS,
        fields: Object.fromEntries(HIGHLIGHTED.map((name) => [name, {}])),
      },
      sort: SORTS[sortOf(wanted)],
      explain,
      ...(position === undefined ? summary(ofStatus, ofCategory) : continuation(position)),
    },
  };
}

const shownBefore = (position: OrderSearchPosition | undefined): readonly QueryClause[] =>
  position === undefined || position.shown.length === 0 ? [] : [{ terms: { orderId: position.shown } }];

const summary = (ofStatus: readonly QueryClause[], ofCategory: readonly QueryClause[]) => ({
  track_total_hits: COUNTED_MAX,
  aggs: { status: facet('status', ofCategory), category: facet('lines.category', ofStatus) },
});

const continuation = ({ pointInTime, after }: OrderSearchPosition) => ({
  track_total_hits: false,
  ...(pointInTime !== undefined && { pit: { id: pointInTime, keep_alive: POINT_IN_TIME_KEEP_ALIVE } }),
  ...(after !== undefined && { search_after: after }),
});

const facet = (field: string, others: readonly QueryClause[]): QueryClause => ({
  filter: { bool: { filter: others } },
  aggs: { values: { terms: { field, size: FACET_VALUES_MAX } } },
});
