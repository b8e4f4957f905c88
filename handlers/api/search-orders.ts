import { Logger } from '@aws-lambda-powertools/logger';
import { SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import { systemClock } from '../../pipelines/core/clock.ts';
import { type FreshnessDeps, withFreshness } from '../../pipelines/search/freshness/with-freshness.ts';
import { searchOrders } from '../../pipelines/search/search-orders.ts';
import { anyCaller, requireSelf, visibleOrders } from '../http/access.ts';
import { ok } from '../http/answers.ts';
import { type ApiHandler, type ApiLogger, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readQuery } from '../http/read-request.ts';
import { openSearch } from '../opensearch-client.ts';

interface SearchDeps extends FreshnessDeps {
  readonly logger: ApiLogger;
}

/** `GET /search/orders`: 200, 400. */
export const searchOrdersHandler = (deps: SearchDeps): ApiHandler =>
  apiHandler(deps.logger, anyCaller, async (event, caller) => {
    const query = readQuery(event, SearchOrdersQuery);
    if (query.userId !== undefined) requireSelf(caller, query.userId);
    const searching = searchOrders(deps.openSearch, query, visibleOrders(caller));
    return ok(await withFreshness(deps, searching));
  });

export const handler = functionHandler(() =>
  searchOrdersHandler({ openSearch: openSearch(), clock: systemClock, logger: new Logger() }),
);
