import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { EmptySearchHelp } from '../../../contracts/api/search.ts';
import { parse, read } from '../../../contracts/reading.ts';
import { SearchUnavailableError } from '../errors.ts';
import { type IndexName, readAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../open-search.ts';
import { mayBeMisspelled, type QueryClause, type SearchedFields } from './text-query.ts';

/** A search that found nothing. */
export interface EmptySearch {
  readonly index: IndexName;
  readonly text: string | undefined;
  readonly fields: Pick<SearchedFields, 'fixedWords'>;
  /** The filters that were asked for, by the names of their parameters. */
  readonly filters: readonly string[];
  /**
   * The query for a text with all filters except those named. With each it finds only what the caller may see: that filter has no
   * parameter.
   */
  readonly queryWithout: (text: string | undefined, filters: readonly string[]) => QueryClause;
}

const REQUEST_TIMEOUT_MS = 1_000;
const TIMEOUT = '800ms';
const COUNTED_MAX = 10_000;
const WORDS_MAX = 8;
const SPELLINGS_MAX = 5;
const SPELLED_MIN = 3;
const HTTP_OK = 200;

/**
 * The field with the words as they are spelled: in lower case. What is searched is folded, and `blu` is no word to offer for `blue`.
 */
const SPELLINGS = 'spellings';

const Counted = z.object({ hits: z.object({ total: z.object({ value: z.int() }) }) });
const Suggested = z.object({
  suggest: z.object({
    words: z.array(
      z.object({
        offset: z.int(),
        length: z.int(),
        options: z.array(z.object({ text: z.string() })),
      }),
    ),
  }),
});
const Responses = z.object({ responses: z.array(z.unknown()) });

/**
 * What to try instead: another spelling, and how much there is without each of the filters alone. `undefined` where OpenSearch does not say
 * in time, since an empty page is a result without it too.
 *
 * OpenSearch suggests from all documents. A spelling is offered only if it occurs in a document that the caller may see and that is
 * found with it, so that none shows what others have. See https://docs.opensearch.org/latest/search-plugins/searching-data/did-you-mean/.
 */
export async function emptySearchHelp(
  client: OpenSearchClient,
  search: EmptySearch,
  logger: Pick<Logger, 'warn'>,
): Promise<EmptySearchHelp | undefined> {
  try {
    return await help(client, search);
  } catch (error) {
    if (!(error instanceof SearchUnavailableError)) throw error;
    logger.warn('There is no help with an empty search', error);
    return undefined;
  }
}

async function help(client: OpenSearchClient, search: EmptySearch): Promise<EmptySearchHelp> {
  const { text, filters, queryWithout } = search;
  const words = unclearWords(search);
  const [suggested, ...counts] = await found(client, search.index, [
    suggestion(words.length === 0 ? '' : (text ?? '')),
    ...filters.map((parameter) => counted(queryWithout(text, [parameter]))),
    ...words.map(({ word }) => counted(queryWithout(word, filters))),
  ]);
  const totals = counts.map(totalOf);
  const withoutFilter = filters
    .map((parameter, place) => ({ parameter, total: totals[place] ?? 0 }))
    .filter(({ total }) => total > 0)
    .toSorted((one, other) => other.total - one.total);
  const unknown = words.filter((_, place) => totals[filters.length + place] === 0);
  const didYouMean = await firstFound(client, search, spelled(text ?? '', unknown, suggested));
  return { ...(didYouMean !== undefined && { didYouMean }), withoutFilter };
}

interface Word {
  readonly word: string;
  readonly start: number;
}

/** The words that may be meant otherwise, where they begin: no numbers, and few enough to count. */
const unclearWords = ({ text = '', fields }: EmptySearch): readonly Word[] =>
  [...text.matchAll(/\S+/gu)]
    .map(({ 0: word, index: start }) => ({ word, start }))
    .filter(({ word }) => mayBeMisspelled(word, fields, SPELLED_MIN))
    .slice(0, WORDS_MAX);

/** A text with other spellings in it, and those spellings. */
interface Spelled {
  readonly text: string;
  readonly words: readonly string[];
}

/** The texts with each unknown word in its first other spelling, in its second, and so on. */
function spelled(text: string, unknown: readonly Word[], suggested: unknown): readonly Spelled[] {
  const tokens = read(Suggested, suggested).data?.suggest.words ?? [];
  const wrong = tokens.filter(
    ({ offset, options }) =>
      options.length > 0 &&
      unknown.some(({ word, start }) => offset >= start && offset < start + word.length),
  );
  if (unknown.length === 0 || wrong.length === 0) return [];
  return Array.from({ length: SPELLINGS_MAX }, (_, place) => {
    const words: string[] = [];
    let corrected = '';
    let end = 0;
    for (const { offset, length, options } of wrong) {
      const option = options[Math.min(place, options.length - 1)]?.text ?? '';
      words.push(option);
      corrected += text.slice(end, offset) + option;
      end = offset + length;
    }
    return { text: corrected + text.slice(end), words };
  });
}

async function firstFound(
  client: OpenSearchClient,
  { index, queryWithout }: EmptySearch,
  candidates: readonly Spelled[],
): Promise<string | undefined> {
  if (candidates.length === 0) return undefined;
  const queries = candidates.map(({ text, words }) => {
    // Not a synonym of it, nor a word that begins so: this spelling.
    const occurs = { match: { [SPELLINGS]: { query: words.join(' '), operator: 'and' } } };
    return counted({ bool: { filter: [queryWithout(text, []), occurs] } });
  });
  const totals = (await found(client, index, queries)).map(totalOf);
  return candidates.find((_, place) => (totals[place] ?? 0) > 0)?.text;
}

const totalOf = (response: unknown): number | undefined => read(Counted, response).data?.hits.total.value;

const counted = (query: QueryClause): QueryClause => ({
  size: 0,
  timeout: TIMEOUT,
  track_total_hits: COUNTED_MAX,
  query,
});

const suggestion = (text: string): QueryClause => ({
  size: 0,
  timeout: TIMEOUT,
  query: { match_none: {} },
  ...(text !== '' && {
    suggest: {
      words: {
        text,
        term: {
          field: SPELLINGS,
          // Also of words that others have: which words are unknown is what the caller's own documents say.
          suggest_mode: 'always',
          max_term_freq: COUNTED_MAX * COUNTED_MAX,
          min_word_length: SPELLED_MIN,
          prefix_length: 0,
          size: SPELLINGS_MAX,
        },
      },
    },
  }),
});

/** The responses to several searches of one request, in their order; one that failed has no hits. */
async function found(
  client: OpenSearchClient,
  index: IndexName,
  searches: readonly QueryClause[],
): Promise<readonly unknown[]> {
  const response = await openSearchResponse(
    client,
    {
      method: 'POST',
      path: `/${readAlias(index)}/_msearch`,
      bulkBody: searches.map((search) => `{}\n${JSON.stringify(search)}\n`).join(''),
    },
    { timeoutMs: REQUEST_TIMEOUT_MS },
  );
  if (response.status !== HTTP_OK)
    throw new SearchUnavailableError(
      `OpenSearch did not count: ${response.status} ${errorType(response) ?? 'without a reason'}`,
    );
  return parse(Responses, response.body).responses;
}
