import * as z from 'zod';
import type { OrderSort, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { instantOf } from '../../clock.ts';
import { lastMoment } from '../../orders/list-orders-by-status.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { readAlias } from '../index-names.ts';
import type { OpenSearchRequest } from '../open-search.ts';
import type { EmptySearch } from './empty-search-help.ts';
import { highlightRequest } from './highlights.ts';
import { type QueryClause, type SearchedFields, type Spelling, textQuery } from './text-query.ts';
import { type VisibleOrders, visibilityFilter } from './visible-orders.ts';

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
export const OrderSearchPosition = z.strictObject({
  after: SortValues,
  /** As on the first page, so that the pages go on as they began. */
  matches: z.literal('similar-words').optional(),
});
export type OrderSearchPosition = z.infer<typeof OrderSearchPosition>;

const TIMEOUT = '3s';
const COUNTED_MAX = 10_000;
const FACET_VALUES_MAX = 20;
/** The counts of a facet are exact up to this many different values, also with several shards: each shard returns so many. */
const FACET_VALUES_COUNTED = 1_000;
const SOURCE = [
  ...['orderId', 'sourceId', 'userId', 'status', 'total', 'currency', 'units', 'createdAt', 'version'],
  ...['lines.name', 'lines.sku', 'shipTo.name', 'shipTo.postalCode'],
];
const MARKED = [
  ...['lines.name', 'shipTo.name', 'shipTo.city'],
  ...['shipTo.state.words', 'shipTo.country.words'],
];

/** What orders are searched by. A status is a filter: an order with `Nickel-Plated` is not what is meant by `placed`. */
export const ORDER_FIELDS: SearchedFields = {
  words: [
    { field: 'lines.name', bonus: 2, nestedPath: 'lines' },
    { field: 'shipTo.name', bonus: 3 },
    { field: 'shipTo.city', bonus: 2 },
  ],
  fixedWords: new Set(OrderStatus.options),
};

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

/** The filters of a search, apart from which orders the caller may see, by the names of their parameters. */
const FILTERS = ['status', 'category', 'userId', 'from', 'to', 'totalMin', 'totalMax'] as const;

const textOf = (q: string | undefined, spelling: Spelling): QueryClause =>
  q === undefined ? { match_all: {} } : textQuery(q, ORDER_FIELDS, spelling);
const ofStatus = ({ status }: OrdersWanted) => (status === undefined ? [] : [{ terms: { status } }]);
const ofCategory = ({ category }: OrdersWanted) =>
  category === undefined ? [] : [{ terms: { 'lines.category': category } }];
const ofUser = ({ userId }: OrdersWanted) => (userId === undefined ? [] : [{ term: { userId } }]);

/** How the words of a page are compared, and the place where it begins; the first one has none. */
export interface OrderPage {
  readonly spelling: Spelling;
  readonly position?: OrderSearchPosition | undefined;
}

/**
 * The request that finds a page of orders, and one more that shows whether there is a next page. Only the first page requests facets and number.
 *
 * @throws InvalidRequestError for a range that ends before it starts.
 */
export function orderSearchRequest(
  wanted: OrdersWanted,
  visible: VisibleOrders,
  { spelling, position }: OrderPage,
): OpenSearchRequest {
  const { q, limit, explain } = wanted;
  const filter = [...visibilityFilter(visible), ...ofUser(wanted), ...rangeFilters(wanted)];
  const [status, category] = [ofStatus(wanted), ofCategory(wanted)];
  return {
    method: 'POST',
    path: `/${readAlias('orders')}/_search`,
    body: {
      size: limit + 1,
      timeout: TIMEOUT,
      _source: SOURCE,
      query: { bool: { must: [textOf(q, spelling)], filter } },
      // After the facets, each of which counts also the values that are not chosen.
      post_filter: { bool: { filter: [...status, ...category] } },
      ...(q !== undefined && { highlight: highlightRequest(q, MARKED, ORDER_FIELDS, spelling) }),
      sort: SORTS[sortOf(wanted)],
      explain,
      ...(position === undefined
        ? summary(status, category)
        : { track_total_hits: false, search_after: position.after }),
    },
  };
}

/** What an empty search is helped by: the same query, with other words or fewer filters. */
export const emptyOrderSearch = (wanted: OrdersWanted, visible: VisibleOrders): EmptySearch => ({
  index: 'orders',
  text: wanted.q,
  fields: ORDER_FIELDS,
  filters: FILTERS.filter((parameter) => wanted[parameter] !== undefined),
  queryWithout: (text, filters) => {
    const asked = {
      ...wanted,
      ...Object.fromEntries(filters.map((parameter) => [parameter, undefined])),
    };
    const filter = [
      ...visibilityFilter(visible),
      ...ofUser(asked),
      ...rangeFilters(asked),
      ...ofStatus(asked),
      ...ofCategory(asked),
    ];
    return { bool: { must: [textOf(text, 'exact')], filter } };
  },
});

const summary = (status: readonly QueryClause[], category: readonly QueryClause[]) => ({
  track_total_hits: COUNTED_MAX,
  aggs: {
    status: facet('status', category),
    category: facet('lines.category', status),
    // What has the words with any status and category.
    unfaceted: { filter: { match_all: {} } },
  },
});

const facet = (field: string, others: readonly QueryClause[]): QueryClause => ({
  filter: { bool: { filter: others } },
  aggs: { values: { terms: { field, size: FACET_VALUES_MAX, shard_size: FACET_VALUES_COUNTED } } },
});
