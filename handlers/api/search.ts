import { READS_ORDERS } from '../../contracts/api/scopes.ts';
import { searchOperations } from '../../contracts/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { type IndexLagDeps, withIndexLag } from '../../pipelines/search/lag/index-lag.ts';
import { searchAnalytics } from '../../pipelines/search/query/search-analytics.ts';
import { searchOrders } from '../../pipelines/search/query/search-orders.ts';
import { searchProducts } from '../../pipelines/search/query/search-products.ts';
import { type SearchUsersDeps, searchUsers } from '../../pipelines/search/query/search-users.ts';
import { suggest } from '../../pipelines/search/query/suggest.ts';
import { emailHashSource } from '../email-hash.ts';
import { hasScope, requireOwner, requireScope, visibleOrders } from '../http/access.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, type ResourceDeps, resource } from '../http/resource.ts';
import { openSearch } from '../opensearch-client.ts';
import { pageTokens } from '../page-tokens.ts';
import { resourceDeps } from './dependencies.ts';

type SearchDeps = SearchUsersDeps & IndexLagDeps & ResourceDeps;

/**
 * The searches. Users find products and their own orders; explanations, suggested users and the shop's figures are for who reads
 * all orders, and the search of users is for operators.
 */
export const searchHandler = (deps: SearchDeps): ApiHandler =>
  resource(deps, searchOperations, {
    searchOrders: async ({ query, caller }) => {
      requireOwner(caller, query.userId ?? caller.sub, READS_ORDERS);
      if (query.explain) requireScope(caller, READS_ORDERS);
      const asked = { ...query, caller: caller.sub, visible: visibleOrders(caller) };
      return withIndexLag(deps, searchOrders(deps, asked));
    },
    searchProducts: ({ query, caller }) =>
      withIndexLag(deps, searchProducts(deps, { ...query, caller: caller.sub })),
    searchUsers: ({ query, caller }) =>
      withIndexLag(deps, searchUsers(deps, { ...query, caller: caller.sub })),
    suggest: async ({ query, caller }) => {
      const asked = { ...query, visible: visibleOrders(caller), withUsers: hasScope(caller, READS_ORDERS) };
      return withIndexLag(deps, suggest(deps, asked));
    },
    searchAnalytics: ({ query }) => withIndexLag(deps, searchAnalytics(deps, query, deps.clock.now())),
  });

export const handler = functionHandler(() =>
  searchHandler({
    openSearch: openSearch(),
    pageTokens: pageTokens(systemClock),
    emailHash: emailHashSource(),
    clock: systemClock,
    ...resourceDeps(),
  }),
);
