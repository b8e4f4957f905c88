import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { UserSearchResult } from '../../../contracts/api/search.ts';
import { read } from '../../../contracts/reading.ts';
import type { PageScope, PageTokens } from '../../paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../errors.ts';
import {
  type OpenSearchClient,
  type OpenSearchRequest,
  openSearchResponse,
  searchFailure,
} from '../open-search.ts';
import { emptySearchHelp } from './empty-search-help.ts';
import { emptySearch, SearchPosition, SortValues, searchRequest, type TextSearch } from './search-request.ts';
import { mayBeMisspelled } from './text-query.ts';

/** What pages of a search are read with. */
export interface SearchDeps {
  readonly openSearch: OpenSearchClient;
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
}

/** The list that a page is of, and the token that leads to it; the first page has none. */
export interface PageAsked {
  readonly scope: PageScope;
  readonly nextToken: string | undefined;
}

/** A value of a facet and how many hits have it. */
export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

/** A page of what was found. */
export interface SearchPage {
  /** As OpenSearch has them: a document may be of an older release. */
  readonly found: readonly unknown[];
  /** On the first page alone. */
  readonly facets?: Readonly<Record<string, readonly FacetCount[]>>;
  readonly members: Pick<UserSearchResult, 'total' | 'isTotalExact' | 'matches' | 'help' | 'nextToken'>;
}

const Facet = z.object({
  values: z.object({
    buckets: z.array(
      // A boolean is a number as the key, and a text as `key_as_string`.
      z.object({
        key: z.union([z.string(), z.number()]),
        key_as_string: z.string().optional(),
        doc_count: z.int(),
      }),
    ),
  }),
});

/** OpenSearch's response to a search. It has the number and the facets where they were requested. */
const SearchResponse = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  hits: z.object({
    total: z.object({ value: z.int(), relation: z.enum(['eq', 'gte']) }).optional(),
    hits: z.array(z.looseObject({ sort: SortValues })),
  }),
  aggregations: z
    .object({ unfaceted: z.object({ doc_count: z.int() }) })
    .catchall(Facet)
    .optional(),
});
export type SearchResponse = z.infer<typeof SearchResponse>;

/** Longer than OpenSearch's own time-out, so that OpenSearch ends a long search. */
const REQUEST_TIMEOUT_MS = 4_000;
const HTTP_OK = 200;

/**
 * Finds a page. Each page is of the current index. Following the tokens returns each document that matches during that time, and that no
 * write moves in the sort, once and in order.
 *
 * @throws InvalidPageTokenError; SearchTimedOutError; SearchUnavailableError when OpenSearch does not return hits.
 */
export async function searchPage(
  { openSearch, pageTokens, logger }: SearchDeps,
  { scope, nextToken }: PageAsked,
  search: TextSearch,
): Promise<SearchPage> {
  const position =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, SearchPosition);
  const { response, matches } = await matching(openSearch, search, position);
  const { total, hits: all } = response.hits;
  const found = all.slice(0, search.limit);
  const last = found.at(-1);
  const next: SearchPosition | undefined =
    last === undefined || all.length === found.length
      ? undefined
      : { after: last.sort, ...(matches && { matches }) };
  const empty = emptySearch(search, matches === undefined ? 'exact' : 'similar');
  const help = total?.value === 0 ? await emptySearchHelp(openSearch, empty, logger) : undefined;
  return {
    found,
    ...(response.aggregations && { facets: facetsOf(response.aggregations) }),
    members: {
      ...(total && { total: total.value, isTotalExact: total.relation === 'eq' }),
      ...(matches && { matches }),
      ...(help && { help }),
      ...(next && { nextToken: await pageTokens.seal(scope, next) }),
    },
  };
}

/** What a page has, and whether it matches similar words. */
type Matching = Pick<SearchPosition, 'matches'> & { readonly response: SearchResponse };

// Typos are forgiven where no document has the words as they are spelled, with any value of the facets: those say how many.
async function matching(
  client: OpenSearchClient,
  search: TextSearch,
  position: SearchPosition | undefined,
): Promise<Matching> {
  const similar = async (): Promise<Matching> => ({
    response: await searchResponse(client, searchRequest(search, { spelling: 'similar', position })),
    matches: 'similar-words',
  });
  if (position?.matches !== undefined) return similar();
  const response = await searchResponse(client, searchRequest(search, { spelling: 'exact', position }));
  if (isFound(response) || !mayBeMisspelled(search.q ?? '', search.fields)) return { response };
  const other = await similar();
  return isFound(other.response) ? other : { response };
}

const isFound = ({ aggregations }: SearchResponse): boolean => aggregations?.unfaceted.doc_count !== 0;

/**
 * Makes one search.
 *
 * @throws SearchTimedOutError; SearchUnavailableError when OpenSearch does not return hits of all shards; SearchQueryRefusedError.
 */
export async function searchResponse(
  client: OpenSearchClient,
  request: OpenSearchRequest,
): Promise<SearchResponse> {
  const response = await openSearchResponse(client, request, { timeoutMs: REQUEST_TIMEOUT_MS });
  const parsed = read(SearchResponse, response.body);
  if (response.status !== HTTP_OK || !parsed.success)
    throw searchFailure('OpenSearch found nothing to show', response);
  if (parsed.data.timed_out)
    throw new SearchTimedOutError('OpenSearch did not search all of the index in time');
  if (parsed.data._shards.failed > 0)
    throw new SearchUnavailableError('A shard of the index did not respond');
  return parsed.data;
}

const facetsOf = ({ unfaceted: _, ...facets }: NonNullable<SearchResponse['aggregations']>) =>
  Object.fromEntries(
    Object.entries(facets).map(([name, { values }]) => [
      name,
      values.buckets.map(
        ({ key, key_as_string, doc_count }): FacetCount => ({
          value: key_as_string ?? String(key),
          count: doc_count,
        }),
      ),
    ]),
  );
