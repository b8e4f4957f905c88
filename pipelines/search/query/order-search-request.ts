import * as z from 'zod';
import type { OrderSort, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { instantOf } from '../../clock.ts';
import { lastMoment } from '../../orders/list-orders-by-status.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { readAlias } from '../index-names.ts';
import type { OpenSearchRequest } from '../open-search.ts';
import {
  orderTextQuery,
  type QueryClause,
  type VisibleOrders,
  visibilityFilter,
} from './order-text-query.ts';

type Ranges = Pick<SearchOrdersQuery, 'from' | 'to' | 'totalMin' | 'totalMax'>;

/**
 * The clauses for dates and totals; both ends belong to a range, and either may be open.
 *
 * @throws InvalidRequestError for a range that ends before it starts.
 */
function rangeFilters({ from, to, totalMin, totalMax }: Ranges): readonly QueryClause[] {
  const start = from && instantOf(new Date(from));
  const end = to && instantOf(lastMoment(to));
  return [
    ...rangeFilter('createdAt', { start, end, names: ['from', 'to'] }),
    ...rangeFilter('total', { start: totalMin, end: totalMax, names: ['totalMin', 'totalMax'] }),
  ];
}

interface Range<Value> {
  readonly start: Value | undefined;
  readonly end: Value | undefined;
  readonly names: readonly [start: string, end: string];
}

function rangeFilter<Value extends string | number>(
  field: string,
  { start, end, names: [startName, endName] }: Range<Value>,
): readonly QueryClause[] {
  if (start === undefined && end === undefined) return [];
  if (start !== undefined && end !== undefined && start > end)
    throw new InvalidRequestError('A range ends before it starts.', [
      { in: 'query', field: startName, message: `must not be above \`${endName}\`` },
    ]);
  return [
    {
      range: {
        [field]: { ...(start !== undefined && { gte: start }), ...(end !== undefined && { lte: end }) },
      },
    },
  ];
}

/** A hit's sort values. */
export const SortValues = z.array(z.union([z.number(), z.string()])).max(3);
export type SortValues = z.infer<typeof SortValues>;

/**
 * Where a page of a search begins: after the hit with these values. They follow from the order itself, and for relevance from the
 * text too. So the next page is read from the current index, and the cluster keeps no state for the pages.
 */
export const OrderSearchPosition = z.strictObject({ after: SortValues });
export type OrderSearchPosition = z.infer<typeof OrderSearchPosition>;

/**
 * Unicode's own start and end of a selected area. Controls cannot be part of a text that was indexed (contracts/text.ts), so
 * no text in a document is taken for a mark; and unlike the C0 controls OpenSearch does not trim these from a fragment.
 */
export const HIT_START = '\u0086';
export const HIT_END = '\u0087';

const TIMEOUT = '3s';
const COUNTED_MAX = 10_000;
const FACET_VALUES_MAX = 20;
/** The counts of a facet are exact up to this many different values, also with several shards: each shard returns so many. */
const FACET_VALUES_COUNTED = 1_000;
const FRAGMENTS_MAX = 3;
const FRAGMENT_CHARACTERS = 120;
const SOURCE = ['orderId', 'userId', 'status', 'total', 'currency', 'units', 'createdAt', 'version'];
const HIGHLIGHTED = ['lines.name', 'shipTo.name', 'shipTo.city'];

// A document without the field would otherwise sort by a number that JSON does not keep, and no page could begin after it.
const byNumber = (field: string, order: 'asc' | 'desc') => ({ [field]: { order, missing: 0 } });
const byId = (order: 'asc' | 'desc') => ({ orderId: { order, missing: '' } });

/** Each ends with the order's id, so that no two orders have the same place. What an order is sorted by never changes. */
const SORTS: Readonly<Record<OrderSort, readonly unknown[]>> = {
  relevance: ['_score', byNumber('createdAt', 'desc'), byId('desc')],
  'createdAt:desc': [byNumber('createdAt', 'desc'), byId('desc')],
  'createdAt:asc': [byNumber('createdAt', 'asc'), byId('asc')],
  'total:desc': [byNumber('total', 'desc'), byId('desc')],
  'total:asc': [byNumber('total', 'asc'), byId('desc')],
};

/** The query, without the token of the page. */
export type OrdersWanted = Omit<SearchOrdersQuery, 'nextToken'>;

/** How the hits of a query are sorted. */
export const sortOf = ({ q, sort }: Pick<OrdersWanted, 'q' | 'sort'>): OrderSort =>
  sort ?? (q === undefined ? 'createdAt:desc' : 'relevance');

/**
 * The request that finds a page of orders, and one more that shows whether there is a next page. Only the first page requests facets and number.
 *
 * @throws InvalidRequestError for a range that ends before it starts.
 */
export function orderSearchRequest(
  wanted: OrdersWanted,
  visible: VisibleOrders,
  position?: OrderSearchPosition,
): OpenSearchRequest {
  const { q, status, category, userId, limit, explain } = wanted;
  const ofStatus = status === undefined ? [] : [{ terms: { status } }];
  const ofCategory = category === undefined ? [] : [{ terms: { 'lines.category': category } }];
  const ofUser = userId === undefined ? [] : [{ term: { userId } }];
  const filter = [...visibilityFilter(visible), ...ofUser, ...rangeFilters(wanted)];
  return {
    method: 'POST',
    path: `/${readAlias('orders')}/_search`,
    body: {
      size: limit + 1,
      timeout: TIMEOUT,
      _source: SOURCE,
      query: { bool: { must: [q === undefined ? { match_all: {} } : orderTextQuery(q)], filter } },
      // After the facets, each of which counts also the values that are not chosen.
      post_filter: { bool: { filter: [...ofStatus, ...ofCategory] } },
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
      ...(position === undefined
        ? summary(ofStatus, ofCategory)
        : { track_total_hits: false, search_after: position.after }),
    },
  };
}

const summary = (ofStatus: readonly QueryClause[], ofCategory: readonly QueryClause[]) => ({
  track_total_hits: COUNTED_MAX,
  aggs: { status: facet('status', ofCategory), category: facet('lines.category', ofStatus) },
});

const facet = (field: string, others: readonly QueryClause[]): QueryClause => ({
  filter: { bool: { filter: others } },
  aggs: { values: { terms: { field, size: FACET_VALUES_MAX, shard_size: FACET_VALUES_COUNTED } } },
});
