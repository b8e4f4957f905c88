/** A query of OpenSearch's own language. */
export type QueryClause = Readonly<Record<string, unknown>>;

/** Terms that a misspelled word may stand for. With the words that fit into a query this stays below OpenSearch's 1,024 clauses. */
const MISSPELLINGS_MAX = 16;
/** What the beginning of a word counts, which has no frequency of its own: less than most whole words, more than a misspelled one. */
const BEGINNING_BOOST = 2;
/** What a misspelled word counts beside one that is spelled as it is found. */
const MISSPELLED_BOOST = 0.2;
const PRODUCT_BOOST = 2;
const PERSON_BOOST = 3;
const CITY_BOOST = 2;
const ID_BOOST = 20;

/** Without one of them there is nothing that a text could be found by. */
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const DIGIT = /\p{N}/u;

/**
 * The query for orders with all words of a text, of which the last may be a beginning. A word counts more as it is than
 * misspelled, and words that stand together in one product, name or city count more than the same ones scattered.
 *
 * The text is data: it goes into `match` and `term` queries alone, which have no syntax of their own, and never into a
 * query string. See https://docs.opensearch.org/latest/query-dsl/full-text/match/.
 */
export function orderTextQuery(text: string): QueryClause {
  const words = text.split(/\s+/u).filter((word) => LETTER_OR_DIGIT.test(word));
  if (words.length === 0) return { match_none: {} };
  const required = words.map((word, place) => wordQuery(word, place === words.length - 1));
  return { bool: { must: required, should: togetherQueries(text) } };
}

// Every field that is searched is copied into `text`. A number is not taken for a misspelled one: it is another id or model.
function wordQuery(word: string, isLast: boolean): QueryClause {
  const exact = { match: { text: { query: word, operator: 'and' } } };
  const beginning = { match_bool_prefix: { text: { query: word, operator: 'and', boost: BEGINNING_BOOST } } };
  const misspelled = {
    match: {
      text: {
        query: word,
        operator: 'and',
        fuzziness: 'AUTO',
        prefix_length: 1,
        max_expansions: MISSPELLINGS_MAX,
        boost: MISSPELLED_BOOST,
      },
    },
  };
  const ways = [exact, ...(isLast ? [beginning] : []), ...(DIGIT.test(word) ? [] : [misspelled])];
  return { dis_max: { queries: ways } };
}

const togetherQueries = (text: string): readonly QueryClause[] => [
  {
    nested: {
      path: 'lines',
      score_mode: 'max',
      query: { match_bool_prefix: { 'lines.name': { query: text, operator: 'and', boost: PRODUCT_BOOST } } },
    },
  },
  { match_bool_prefix: { 'shipTo.name': { query: text, operator: 'and', boost: PERSON_BOOST } } },
  { match_bool_prefix: { 'shipTo.city': { query: text, operator: 'and', boost: CITY_BOOST } } },
  ...['orderId', 'sourceId'].map((field) => ({ term: { [field]: { value: text, boost: ID_BOOST } } })),
];
