import { OrderSearchResult, SearchOrdersQuery } from '../order-search.ts';
import { SearchAnalyticsQuery, SearchAnalyticsResult } from '../search-analytics.ts';
import type { Operation } from './operation.ts';

export const searchOperations = [
  {
    id: 'searchOrders',
    method: 'GET',
    path: '/search/orders',
    summary: 'Finds orders by their texts, with facets and highlights',
    access: 'any-caller',
    parameters: { query: SearchOrdersQuery },
    success: { status: 200, description: 'The orders that were found', body: OrderSearchResult },
    refusals: [400],
  },
  {
    id: 'searchAnalytics',
    method: 'GET',
    path: '/search/analytics',
    summary: 'Counts orders, units and revenue by day, category or region',
    access: 'admin',
    parameters: { query: SearchAnalyticsQuery },
    success: { status: 200, description: 'The figures of the span', body: SearchAnalyticsResult },
    refusals: [400],
  },
] as const satisfies readonly Operation[];
