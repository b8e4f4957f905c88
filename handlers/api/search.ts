import { searchOperations } from '../../contracts/api/search.ts';
import { type SearchDeps, searchApi } from '../../pipelines/api/search.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { emailHashSource } from '../email-hash.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, type ResourceDeps, resource } from '../http/resource.ts';
import { openSearch } from '../opensearch-client.ts';
import { pageTokens } from '../page-tokens.ts';
import { resourceDeps } from './dependencies.ts';

export const searchHandler = (deps: SearchDeps & ResourceDeps): ApiHandler =>
  resource(deps, searchOperations, searchApi(deps));

export const handler = functionHandler(() =>
  searchHandler({
    openSearch: openSearch(),
    pageTokens: pageTokens(systemClock),
    emailHash: emailHashSource(),
    clock: systemClock,
    ...resourceDeps(),
  }),
);
