import type { QueryClause } from './text-query.ts';

/**
 * Which orders a search may find: all, or those of one user. The server decides it for each request, independent of the
 * query.
 */
export type VisibleOrders = 'all' | { readonly ofUser: string };

/** The filter for the visible orders. */
export const visibilityFilter = (visible: VisibleOrders): readonly QueryClause[] =>
  visible === 'all' ? [] : [{ term: { userId: visible.ofUser } }];
