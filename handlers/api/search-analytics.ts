import { Logger } from '@aws-lambda-powertools/logger';
import { SearchAnalyticsQuery } from '../../contracts/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { type FreshnessDeps, withFreshness } from '../../pipelines/search/lag/index-lag.ts';
import { searchAnalytics } from '../../pipelines/search/query/search-analytics.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, type ApiLogger, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';
import { openSearch } from '../opensearch-client.ts';

interface AnalyticsDeps extends FreshnessDeps {
  readonly logger: ApiLogger;
}

/** `GET /search/analytics`: 200, 400. What the shop earns is the shop's to see. */
export const searchAnalyticsHandler = (deps: AnalyticsDeps): ApiHandler =>
  queryHandler(deps.logger, privilegedOnly, SearchAnalyticsQuery, async (query) => {
    const counting = searchAnalytics(deps, query, deps.clock.now());
    return ok(await withFreshness(deps, counting));
  });

export const handler = functionHandler(() =>
  searchAnalyticsHandler({ openSearch: openSearch(), clock: systemClock, logger: new Logger() }),
);
