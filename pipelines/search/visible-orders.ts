import type { QueryClause } from './order-text-query.ts';

/**
 * Which orders a search may find: all, or those of one user. The server says it for each request, whatever the request
 * itself asks for.
 */
export type VisibleOrders = 'all' | { readonly ofUser: string };

/** The filter that leaves what is visible alone. */
export const visibilityFilter = (visible: VisibleOrders): readonly QueryClause[] =>
  visible === 'all' ? [] : [{ term: { userId: visible.ofUser } }];
