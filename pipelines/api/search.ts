import { READS_ORDERS } from '../../contracts/api/scopes.ts';
import type { searchOperations } from '../../contracts/api/search.ts';
import { type IndexLagDeps, withIndexLag } from '../search/lag/index-lag.ts';
import { searchAnalytics } from '../search/query/search-analytics.ts';
import { searchOrders } from '../search/query/search-orders.ts';
import { searchProducts } from '../search/query/search-products.ts';
import { type SearchUsersDeps, searchUsers } from '../search/query/search-users.ts';
import { suggest } from '../search/query/suggest.ts';
import { hasScope, requireOwner, requireScope, visibleOrders } from './caller.ts';
import type { Implementations } from './implementation.ts';

export interface SearchDeps extends SearchUsersDeps, IndexLagDeps {}

/**
 * The searches. Users find products and their own orders; explanations, suggested users and the shop's figures are for who reads
 * all orders, and the search of users is for operators.
 */
export const searchApi = (deps: SearchDeps): Implementations<(typeof searchOperations)[number]> => ({
  searchOrders: async ({ query, caller }) => {
    requireOwner(caller, query.userId ?? caller.sub, READS_ORDERS);
    if (query.explain) requireScope(caller, READS_ORDERS);
    const asked = { ...query, caller: caller.sub, visible: visibleOrders(caller) };
    return withIndexLag(deps, searchOrders(deps, asked));
  },
  searchProducts: ({ query, caller }) =>
    withIndexLag(deps, searchProducts(deps, { ...query, caller: caller.sub })),
  searchUsers: ({ query, caller }) => withIndexLag(deps, searchUsers(deps, { ...query, caller: caller.sub })),
  suggest: async ({ query, caller }) => {
    const asked = { ...query, visible: visibleOrders(caller), withUsers: hasScope(caller, READS_ORDERS) };
    return withIndexLag(deps, suggest(deps, asked));
  },
  searchAnalytics: ({ query }) => withIndexLag(deps, searchAnalytics(deps, query, deps.clock.now())),
});
