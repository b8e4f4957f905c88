import { Logger } from '@aws-lambda-powertools/logger';
import { SearchOrdersQuery } from '../../contracts/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { type FreshnessDeps, withFreshness } from '../../pipelines/search/lag/index-lag.ts';
import { type SearchOrdersDeps, searchOrders } from '../../pipelines/search/query/search-orders.ts';
import { anyCaller, privilegedOnly, requireSelf, visibleOrders } from '../http/access.ts';
import { type ApiHandler, type ApiLogger, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';
import { openSearch } from '../opensearch-client.ts';
import { pageTokens } from '../page-tokens.ts';

interface SearchDeps extends SearchOrdersDeps, FreshnessDeps {
  readonly logger: ApiLogger;
}

/** `GET /search/orders`: 200, 400. */
export const searchOrdersHandler = (deps: SearchDeps): ApiHandler =>
  queryHandler(deps.logger, anyCaller, SearchOrdersQuery, async (query, event, caller) => {
    if (query.userId !== undefined) requireSelf(caller, query.userId);
    if (query.explain) privilegedOnly(caller, event);
    const searching = searchOrders(deps, { ...query, caller: caller.sub, visible: visibleOrders(caller) });
    return ok(await withFreshness(deps, searching));
  });

export const handler = functionHandler(() =>
  searchOrdersHandler({
    openSearch: openSearch(),
    pageTokens: pageTokens(systemClock),
    clock: systemClock,
    logger: new Logger(),
  }),
);
