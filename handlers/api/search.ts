import { Logger } from '@aws-lambda-powertools/logger';
import { searchOperations } from '../../contracts/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { type IndexLagDeps, withIndexLag } from '../../pipelines/search/lag/index-lag.ts';
import { searchAnalytics } from '../../pipelines/search/query/search-analytics.ts';
import { searchOrders } from '../../pipelines/search/query/search-orders.ts';
import { searchProducts } from '../../pipelines/search/query/search-products.ts';
import { type SearchUsersDeps, searchUsers } from '../../pipelines/search/query/search-users.ts';
import { suggest } from '../../pipelines/search/query/suggest.ts';
import { emailHashSource } from '../email-hash.ts';
import { isPrivileged, owner, staff, visibleOrders } from '../http/access.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, type ApiLogger, resource } from '../http/resource.ts';
import { openSearch } from '../opensearch-client.ts';
import { pageTokens } from '../page-tokens.ts';

interface SearchDeps extends SearchUsersDeps, IndexLagDeps {
  readonly logger: ApiLogger;
}

/**
 * The searches. Users find products and their own orders; explanations, suggested users and the shop's figures are for staff and
 * operators, and the search of users is for operators.
 */
export const searchHandler = (deps: SearchDeps): ApiHandler =>
  resource(deps.logger, searchOperations, {
    searchOrders: async ({ query, caller }) => {
      if (query.userId !== undefined) owner(caller, query.userId);
      if (query.explain) staff(caller);
      const asked = { ...query, caller: caller.sub, visible: visibleOrders(caller) };
      return withIndexLag(deps, searchOrders(deps, asked));
    },
    searchProducts: ({ query, caller }) =>
      withIndexLag(deps, searchProducts(deps, { ...query, caller: caller.sub })),
    searchUsers: ({ query, caller }) =>
      withIndexLag(deps, searchUsers(deps, { ...query, caller: caller.sub })),
    suggest: ({ query, caller }) => {
      const asked = { ...query, visible: visibleOrders(caller), withUsers: isPrivileged(caller) };
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
    logger: new Logger(),
  }),
);
