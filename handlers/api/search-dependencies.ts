import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';
import { openSearch } from '../opensearch-client.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** What an operation needs that reads the table and the search index. */
export interface SearchedTableDeps extends TableDeps {
  readonly openSearch: OpenSearchClient;
}

/** The dependencies of such a function; apart from the others', whose bundles would hold OpenSearch's client too. */
export const searchedTableDeps = (): SearchedTableDeps => ({ ...tableDeps(), openSearch: openSearch() });
