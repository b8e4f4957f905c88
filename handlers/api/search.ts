import { Logger } from '@aws-lambda-powertools/logger';
import { searchOperations } from '../../contracts/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { type IndexLagDeps, withIndexLag } from '../../pipelines/search/lag/index-lag.ts';
import { searchAnalytics } from '../../pipelines/search/query/search-analytics.ts';
import { type SearchOrdersDeps, searchOrders } from '../../pipelines/search/query/search-orders.ts';
import { owner, staff, visibleOrders } from '../http/access.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, type ApiLogger, resource } from '../http/resource.ts';
import { openSearch } from '../opensearch-client.ts';
import { pageTokens } from '../page-tokens.ts';

interface SearchDeps extends SearchOrdersDeps, IndexLagDeps {
  readonly logger: ApiLogger;
}

/** The searches. Users find their own orders; explanations and the shop's figures are for staff and operators. */
export const searchHandler = (deps: SearchDeps): ApiHandler =>
  resource(deps.logger, searchOperations, {
    searchOrders: async ({ query, caller }) => {
      if (query.userId !== undefined) owner(caller, query.userId);
      if (query.explain) staff(caller);
      const asked = { ...query, caller: caller.sub, visible: visibleOrders(caller) };
      return withIndexLag(deps, searchOrders(deps, asked));
    },
    searchAnalytics: ({ query }) => withIndexLag(deps, searchAnalytics(deps, query, deps.clock.now())),
  });

export const handler = functionHandler(() =>
  searchHandler({
    openSearch: openSearch(),
    pageTokens: pageTokens(systemClock),
    clock: systemClock,
    logger: new Logger(),
  }),
);
