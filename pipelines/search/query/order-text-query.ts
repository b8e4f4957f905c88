/** A query of OpenSearch's own language. */
export type QueryClause = Readonly<Record<string, unknown>>;

/** The score of a word that is spelled as it is found, */
const EXACT_SCORE = 4;
/** of the beginning of a word, */
const BEGINNING_SCORE = 2;
/** and of a misspelled word, by how many characters are wrong. */
const MISSPELLED_SCORES = { 1: 1, 2: 0.5 } as const;
/** The additional score where all words are in one product's name, */
const PRODUCT_SCORE = 2;
/** or are there misspelled, */
const MISSPELLED_PRODUCT_SCORE = 1;
/** in the customer's name, */
const PERSON_SCORE = 3;
/** in the city, */
const CITY_SCORE = 2;
/** and where the text is an id. */
const ID_SCORE = 20;

/** One wrong character from three characters on, and two from six on: OpenSearch's own rule. */
const UP_TO_TWO_EDITS = 'AUTO';
/** One from three characters on; no word is long enough for two. */
const ONE_EDIT = 'AUTO:3,1000';

/** A text without one of them finds nothing. */
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const DIGIT = /\p{N}/u;

/**
 * The query for orders with all words of a text, of which the last may be a beginning. A word scores higher as it is than
 * misspelled, and words that are together in one product, name or city score higher than the same ones scattered.
 *
 * Each way to match has a constant score. So an order's score follows from the order and the text alone: it stays the same while
 * other orders are written, and is the same on each copy of a shard. Paging by score relies on that. Scores by word frequency would
 * change with every write.
 *
 * The text is data: it goes only into `match` and `term` queries, which have no syntax of their own, and never into a
 * query string. See https://docs.opensearch.org/latest/query-dsl/full-text/match/.
 */
export function orderTextQuery(text: string): QueryClause {
  const words = text.split(/\s+/u).filter((word) => LETTER_OR_DIGIT.test(word));
  if (words.length === 0) return { match_none: {} };
  const required = words.map((word, place) => wordQuery(word, place === words.length - 1));
  return { bool: { must: required, should: togetherQueries(text) } };
}

// Every field that is searched is copied into `text`. A number is never treated as misspelled: it is another id or model.
function wordQuery(word: string, isLast: boolean): QueryClause {
  const ways = [
    scored(EXACT_SCORE, { match: { text: allWordsOf(word) } }),
    ...(isLast ? [scored(BEGINNING_SCORE, { match_bool_prefix: { text: allWordsOf(word) } })] : []),
    ...(DIGIT.test(word)
      ? []
      : [
          scored(MISSPELLED_SCORES[1], { match: { text: misspelled(word, ONE_EDIT) } }),
          scored(MISSPELLED_SCORES[2], { match: { text: misspelled(word, UP_TO_TWO_EDITS) } }),
        ]),
  ];
  return { dis_max: { queries: ways } };
}

const togetherQueries = (text: string): readonly QueryClause[] => [
  scored(PRODUCT_SCORE, inOneLine({ match_bool_prefix: { 'lines.name': allWordsOf(text) } })),
  ...(DIGIT.test(text)
    ? []
    : [
        scored(
          MISSPELLED_PRODUCT_SCORE,
          inOneLine({ match: { 'lines.name': misspelled(text, UP_TO_TWO_EDITS) } }),
        ),
      ]),
  scored(PERSON_SCORE, { match_bool_prefix: { 'shipTo.name': allWordsOf(text) } }),
  scored(CITY_SCORE, { match_bool_prefix: { 'shipTo.city': allWordsOf(text) } }),
  ...['orderId', 'sourceId'].map((field) => scored(ID_SCORE, { term: { [field]: text } })),
];

const allWordsOf = (text: string) => ({ query: text, operator: 'and' });

/**
 * `constant_score` takes all spellings of the index. The other ways to rewrite take the best few, and which these are changes
 * with each write.
 */
const misspelled = (text: string, fuzziness: string) => ({
  ...allWordsOf(text),
  fuzziness,
  prefix_length: 1,
  fuzzy_rewrite: 'constant_score',
});

const inOneLine = (query: QueryClause): QueryClause => ({ nested: { path: 'lines', query } });

const scored = (boost: number, filter: QueryClause): QueryClause => ({ constant_score: { filter, boost } });

/**
 * Which orders a search may find: all, or those of one user. The server decides it for each request, independent of the
 * query.
 */
export type VisibleOrders = 'all' | { readonly ofUser: string };

/** The filter for the visible orders. */
export const visibilityFilter = (visible: VisibleOrders): readonly QueryClause[] =>
  visible === 'all' ? [] : [{ term: { userId: visible.ofUser } }];
