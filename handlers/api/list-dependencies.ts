import { systemClock } from '../../pipelines/clock.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { pageTokens } from '../page-tokens.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** What a list needs that is read page by page. */
export interface ListDeps extends TableDeps {
  readonly pageTokens: PageTokens;
}

/** The dependencies of a function that lists; apart from the others', whose bundles would hold the tokens too. */
export const listDeps = (): ListDeps => ({ ...tableDeps(), pageTokens: pageTokens(systemClock) });
