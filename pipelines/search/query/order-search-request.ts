import type { OrderSort, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { instantOf } from '../../clock.ts';
import { lastMoment } from '../../orders/list-orders-by-status.ts';
import { anyOf, byKeyword, byNumber, rangeFilters, type TextSearch } from './search-request.ts';
import type { SearchedFields } from './text-query.ts';
import { type VisibleOrders, visibilityFilter } from './visible-orders.ts';

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

const byId = (order: 'asc' | 'desc') => byKeyword('orderId', order);

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
const sortOf = ({ q, sort }: Pick<OrdersWanted, 'q' | 'sort'>): OrderSort =>
  sort ?? (q === undefined ? 'createdAt:desc' : 'relevance');

/** What a query for orders searches for, among the visible ones. @throws InvalidRequestError for a range that ends before it starts. */
export function orderSearch(wanted: OrdersWanted, visible: VisibleOrders): TextSearch {
  const { q, status, category, userId, from, to, totalMin, totalMax, limit, explain } = wanted;
  const start = from && instantOf(new Date(from));
  const end = to && instantOf(lastMoment(to));
  return {
    index: 'orders',
    source: SOURCE,
    q,
    fields: ORDER_FIELDS,
    marked: MARKED,
    visible: visibilityFilter(visible),
    filters: {
      status: anyOf('status', status),
      category: anyOf('lines.category', category),
      userId: userId === undefined ? [] : [{ term: { userId } }],
      ...rangeFilters('createdAt', { start, end, names: ['from', 'to'] }),
      ...rangeFilters('total', { start: totalMin, end: totalMax, names: ['totalMin', 'totalMax'] }),
    },
    facets: { status: 'status', category: 'lines.category' },
    sort: SORTS[sortOf(wanted)],
    limit,
    explain,
  };
}
