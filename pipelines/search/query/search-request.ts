import * as z from 'zod';
import { FACET_VALUES_MAX } from '../../../contracts/api/search.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { type IndexName, readAlias } from '../index-names.ts';
import type { OpenSearchRequest } from '../open-search.ts';
import type { EmptySearch } from './empty-search-help.ts';
import { highlightRequest } from './highlights.ts';
import { type QueryClause, type SearchedFields, type Spelling, textQuery } from './text-query.ts';

/** A hit's sort values. */
export const SortValues = z.array(z.union([z.number(), z.string()])).max(3);
export type SortValues = z.infer<typeof SortValues>;

/**
 * Where a page of a search begins: after the hit with these values. They follow from the document itself, and for relevance from the
 * text too. So the next page is read from the current index, and the cluster keeps no state for the pages.
 */
export const SearchPosition = z.strictObject({
  after: SortValues,
  /** As on the first page, so that the pages go on as they began. */
  matches: z.literal('similar-words').optional(),
});
export type SearchPosition = z.infer<typeof SearchPosition>;

/** How the words of a page are compared, and the place where it begins; the first one has none. */
export interface PageStart {
  readonly spelling: Spelling;
  readonly position?: SearchPosition | undefined;
}

/** The clauses of the filters that a query asks for, by the names of their parameters. */
export type Filters = Readonly<Record<string, readonly QueryClause[]>>;

/** What is searched for in one index. */
export interface TextSearch {
  readonly index: IndexName;
  /** The fields of a hit that are read. */
  readonly source: readonly string[];
  /** The words; everything is found without them. */
  readonly q: string | undefined;
  readonly fields: SearchedFields;
  /** The fields in which the words are marked. */
  readonly marked: readonly string[];
  /** What the caller may see with any query. */
  readonly visible: readonly QueryClause[];
  readonly filters: Filters;
  /** The field of each facet, by the name of its filter. A facet counts also the values that are not chosen. */
  readonly facets: Readonly<Record<string, string>>;
  /** The last one differs for each document, so that no two have the same place. */
  readonly sort: readonly unknown[];
  readonly limit: number;
  readonly explain?: boolean;
}

const TIMEOUT = '3s';
const COUNTED_MAX = 10_000;
/** The counts of a facet are exact up to this many different values, also with several shards: each shard returns so many. */
const FACET_VALUES_COUNTED = 1_000;

/** The request that finds a page, and one more hit that shows whether there is a next page. Only the first page requests facets and number. */
export function searchRequest(search: TextSearch, { spelling, position }: PageStart): OpenSearchRequest {
  const { index, source, q, fields, marked, visible, filters, facets, sort, limit, explain } = search;
  const isFacet = (parameter: string): boolean => facets[parameter] !== undefined;
  const filter = [...visible, ...clausesOf(filters, (parameter) => !isFacet(parameter))];
  return {
    method: 'POST',
    path: `/${readAlias(index)}/_search`,
    body: {
      size: limit + 1,
      timeout: TIMEOUT,
      _source: source,
      query: matching({ q, fields, spelling }, filter),
      // After the facets, each of which counts also the values that are not chosen.
      post_filter: { bool: { filter: clausesOf(filters, isFacet) } },
      ...(q !== undefined && { highlight: highlightRequest(q, marked, fields, spelling) }),
      sort,
      ...(explain !== undefined && { explain }),
      ...(position === undefined
        ? { track_total_hits: COUNTED_MAX, aggs: aggregations(search) }
        : { track_total_hits: false, search_after: position.after }),
    },
  };
}

const matching = (
  { q, fields, spelling }: Pick<TextSearch, 'q' | 'fields'> & Pick<PageStart, 'spelling'>,
  filter: readonly QueryClause[],
): QueryClause => ({
  bool: { must: [q === undefined ? { match_all: {} } : textQuery(q, fields, spelling)], filter },
});

const clausesOf = (filters: Filters, isWanted: (parameter: string) => boolean): readonly QueryClause[] =>
  Object.entries(filters).flatMap(([parameter, clauses]) => (isWanted(parameter) ? clauses : []));

/** Each facet under its name, and what has the words with any value of the facets as `unfaceted`. */
const aggregations = ({ filters, facets }: Pick<TextSearch, 'filters' | 'facets'>) => ({
  ...Object.fromEntries(
    Object.entries(facets).map(([name, field]) => [
      name,
      {
        filter: {
          bool: {
            filter: clausesOf(filters, (other) => other !== name && facets[other] !== undefined),
          },
        },
        aggs: { values: { terms: { field, size: FACET_VALUES_MAX, shard_size: FACET_VALUES_COUNTED } } },
      },
    ]),
  ),
  unfaceted: { filter: { match_all: {} } },
});

/** What a search without hits is helped by: the same query, with other words or fewer filters, and words compared as in that search. */
export const emptySearch = (
  { index, q, fields, visible, filters }: TextSearch,
  spelling: Spelling,
): EmptySearch => ({
  index,
  text: q,
  fields,
  filters: Object.keys(filters).filter((parameter) => filters[parameter]?.length !== 0),
  queryWithout: (text, left) =>
    matching({ q: text, fields, spelling }, [
      ...visible,
      ...clausesOf(filters, (parameter) => !left.includes(parameter)),
    ]),
});

/** The ends of a range; both belong to it, and either may be open. */
export interface Range<Value> {
  readonly start: Value | undefined;
  readonly end: Value | undefined;
  /** Their parameters. */
  readonly names: readonly [start: string, end: string];
}

/** The filters of a range. @throws InvalidRequestError for a range that ends before it starts. */
export function rangeFilters<Value extends string | number>(
  field: string,
  { start, end, names: [startName, endName] }: Range<Value>,
): Filters {
  if (start !== undefined && end !== undefined && start > end)
    throw new InvalidRequestError('A range ends before it starts.', [
      { in: 'query', field: startName, message: `must not be above \`${endName}\`` },
    ]);
  return {
    [startName]: start === undefined ? [] : [{ range: { [field]: { gte: start } } }],
    [endName]: end === undefined ? [] : [{ range: { [field]: { lte: end } } }],
  };
}

/** The clause for the values of a filter that may be repeated. */
export const anyOf = (field: string, values: readonly string[] | undefined): readonly QueryClause[] =>
  values === undefined ? [] : [{ terms: { [field]: values } }];

/** Sorts by a number. A document without it would otherwise sort by one that JSON does not keep, and no page could begin after it. */
export const byNumber = (field: string, order: 'asc' | 'desc') => ({ [field]: { order, missing: 0 } });

/** Sorts by a keyword, such as an id. */
export const byKeyword = (field: string, order: 'asc' | 'desc') => ({ [field]: { order, missing: '' } });
