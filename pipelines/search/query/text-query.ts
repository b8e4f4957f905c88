/** A query of OpenSearch's own language. */
export type QueryClause = Readonly<Record<string, unknown>>;

/** How words are compared: as they are spelled, or with a few wrong characters too. */
export type Spelling = 'exact' | 'similar';

/** A field in which all words of a text together count more than the same words scattered. */
export interface WordField {
  readonly field: string;
  /** The additional score. */
  readonly bonus: number;
  /** The path of the nested objects that the field is in; all words must be in one of them. */
  readonly nestedPath?: string;
}

/** What an index is searched by. Its `text` has every word, its `codes` every id. */
export interface SearchedFields {
  /** In the order of their bonus. Together they have every word that may be misspelled. */
  readonly words: readonly WordField[];
  /** Words that are never taken for misspelled ones, in lower case. */
  readonly fixedWords?: ReadonlySet<string>;
}

/** The score of a word that is spelled as it is found, or a synonym of it, or a complete id, */
const EXACT_SCORE = 4;
/** of the beginning of a word or an id, or the end of an id, */
const PART_SCORE = 2;
/** and of a misspelled word, by how many characters are wrong. */
const MISSPELLED_SCORES = { 1: 1, 2: 0.5 } as const;
/** The additional score where all of the text is an id. */
const ID_SCORE = 20;
/** How much of its bonus a field adds where its words are misspelled. */
const MISSPELLED_BONUS = 0.5;

/** A word without one of them finds nothing. */
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const DIGIT = /\p{N}/u;
const INNER_SEPARATOR = /[\p{L}\p{N}][^\p{L}\p{N}\p{M}]+[\p{L}\p{N}]/u;
const ONE_CHARACTER_LAST = /(?:^|[^\p{L}\p{N}\p{M}])[\p{L}\p{N}]\p{M}*[^\p{L}\p{N}]*$/u;
const NO_LETTER_OR_DIGIT = /[^\p{L}\p{N}]+/gu;
/** The characters of a ULID, in which I, L, O and U do not occur. */
const ULID_LETTERS = /^[0-9a-hjkmnp-tv-z]+$/iu;

const WORD_TYPOS_MIN = 5;
const TWO_TYPOS_MIN = 8;
/** No word is as long, so that none has two. */
const WORD_LENGTH_MAX = 1_000;
const CODE_BEGINNING_MIN = 3;
const CODE_END_MIN = 5;
/**
 * How many words a beginning that is longer than the index has prepared can stand for. Each is a clause, of which a query may have 1,024
 * with all of its words. See https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/search-settings/.
 */
const EXPANSIONS_MAX = 500;

/** The words of a text: what is between blanks and can be found. */
export const wordsOf = (text: string): readonly string[] =>
  text.split(/\s+/u).filter((word) => LETTER_OR_DIGIT.test(word));

/** A word as ids are compared: without separators and in lower case. */
export const codeOf = (word: string): string => word.replaceAll(NO_LETTER_OR_DIGIT, '').toLowerCase();

/** Whether a word has the form of an id: a digit, or a separator within. */
const looksLikeCode = (word: string): boolean => DIGIT.test(word) || INNER_SEPARATOR.test(word);

/** Whether a word may be the beginning of an id: shorter ones and plain words begin too many. */
export const mayBeginCode = (word: string): boolean =>
  looksLikeCode(word) && codeOf(word).length >= CODE_BEGINNING_MIN;

/** Whether a word may be the end of an id. */
export const mayEndCode = (word: string): boolean =>
  (looksLikeCode(word) || ULID_LETTERS.test(word)) && codeOf(word).length >= CODE_END_MIN;

/**
 * Longer than any word with a typo. A text without spaces, such as one of ideographs, is a token for each, and each spelling of each token is a
 * clause: OpenSearch takes 1,024. See https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/search-settings/.
 */
const WORD_CHARACTERS_MAX = 40;

/**
 * Whether a text has a word that may be misspelled: of so many characters, five by default, of 40 at most, and without a digit, since a number
 * is another id or model.
 */
export const mayBeMisspelled = (
  text: string,
  { fixedWords }: Pick<SearchedFields, 'fixedWords'>,
  charactersMin = WORD_TYPOS_MIN,
): boolean =>
  wordsOf(text).some(
    (word) =>
      !DIGIT.test(word) &&
      codeOf(word).length >= charactersMin &&
      word.length <= WORD_CHARACTERS_MAX &&
      fixedWords?.has(word.toLowerCase()) !== true,
  );

/**
 * The query for documents with all words of a text, of which the last may be a beginning. A word may be an id too, without its separators, or
 * the beginning or end of one. Words that are together in one of the fields score higher than the same ones scattered.
 *
 * Each way to match has a constant score. So a document's score follows from the document and the text alone: it stays the same while
 * others are written, and is the same on each copy of a shard. Paging by score relies on that. Scores by word frequency would
 * change with every write.
 *
 * The text is data: it goes only into `match` queries, which have no syntax of their own, and never into a query string. A field that
 * an index lacks, such as an index before a rebuild, matches nothing there and fails nothing.
 * See https://docs.opensearch.org/latest/query-dsl/full-text/match/.
 */
export function textQuery(text: string, fields: SearchedFields, spelling: Spelling): QueryClause {
  const words = wordsOf(text);
  if (words.length === 0) return { match_none: {} };
  const required = words.map((word, place) => ({
    dis_max: { queries: waysToMatch(word, place === words.length - 1, isSimilar(word, fields, spelling)) },
  }));
  const should = [
    ...fields.words.flatMap((field) => togetherQueries(text, words, field, fields, spelling)),
    scored(ID_SCORE, { match: { codes: allWordsOf(text) } }),
  ];
  return { bool: { must: required, should } };
}

const isSimilar = (word: string, fields: SearchedFields, spelling: Spelling): boolean =>
  spelling === 'similar' && mayBeMisspelled(word, fields);

const waysToMatch = (word: string, isLast: boolean, similar: boolean): readonly QueryClause[] => [
  scored(EXACT_SCORE, { match: { text: allWordsOf(word) } }),
  scored(EXACT_SCORE, { match: { codes: allWordsOf(word) } }),
  ...(isLast ? beginnings('text', word).map((query) => scored(PART_SCORE, query)) : []),
  ...(mayBeginCode(word) ? [scored(PART_SCORE, { match_bool_prefix: { codes: allWordsOf(word) } })] : []),
  ...(mayEndCode(word)
    ? [scored(PART_SCORE, { match_bool_prefix: { codesReversed: allWordsOf(word) } })]
    : []),
  ...(similar
    ? [
        scored(MISSPELLED_SCORES[1], { match: { text: misspelled(word, 1) } }),
        scored(MISSPELLED_SCORES[2], { match: { text: misspelled(word, 2) } }),
      ]
    : []),
];

/**
 * What begins with a word. As a phrase, the parts of `FUR-CH` must be next to each other, and the beginnings of synonyms match. The many
 * words that begin with one character are no clauses of a phrase, which may have few, but one query.
 */
function beginnings(field: string, word: string): readonly QueryClause[] {
  const any = { match_bool_prefix: { [field]: allWordsOf(word) } };
  if (ONE_CHARACTER_LAST.test(word)) return [any];
  const phrase = { match_phrase_prefix: { [field]: { query: word, max_expansions: EXPANSIONS_MAX } } };
  return INNER_SEPARATOR.test(word) ? [phrase] : [phrase, any];
}

function togetherQueries(
  text: string,
  words: readonly string[],
  { field, bonus, nestedPath }: WordField,
  fields: SearchedFields,
  spelling: Spelling,
): readonly QueryClause[] {
  const within = (query: QueryClause): QueryClause =>
    nestedPath === undefined ? query : { nested: { path: nestedPath, query } };
  const similar = words.map((word) => ({
    match: {
      [field]: isSimilar(word, fields, spelling) ? misspelled(word, 2) : allWordsOf(word),
    },
  }));
  return [
    scored(bonus, within({ match_bool_prefix: { [field]: allWordsOf(text) } })),
    ...(spelling === 'similar'
      ? [scored(bonus * MISSPELLED_BONUS, within({ bool: { filter: similar } }))]
      : []),
  ];
}

/**
 * The query whose words are marked in a document that was found: those of {@link textQuery}, without the ids, which are marked by
 * `codeHighlights`.
 */
export function markedWords(text: string, fields: SearchedFields, spelling: Spelling): QueryClause {
  const words = wordsOf(text);
  const [{ field } = { field: 'text' }] = fields.words;
  const should = words.flatMap((word, place) => [
    { match: { text: allWordsOf(word) } },
    // Not of the field of all words: its beginnings are in a field of their own, which no other is marked by.
    ...(place === words.length - 1 ? beginnings(field, word) : []),
    ...(isSimilar(word, fields, spelling) ? [{ match: { text: misspelled(word, 2) } }] : []),
  ]);
  return should.length === 0 ? { match_none: {} } : { bool: { should } };
}

const allWordsOf = (text: string) => ({ query: text, operator: 'and' });

/**
 * The characters that are wrong are counted by the word as it was typed: what is searched may be shorter, such as a singular. The parts of a
 * word with separators are counted each for itself. `constant_score` takes all spellings of the index. The other ways to rewrite take the
 * best few, and which these are changes with each write. See https://docs.opensearch.org/latest/query-dsl/term/fuzzy/.
 */
function misspelled(word: string, editsMax: 1 | 2) {
  const edits = codeOf(word).length < TWO_TYPOS_MIN ? 1 : editsMax;
  const ofParts = `AUTO:${WORD_TYPOS_MIN},${editsMax === 1 ? WORD_LENGTH_MAX : TWO_TYPOS_MIN}`;
  return {
    ...allWordsOf(word),
    fuzziness: INNER_SEPARATOR.test(word) ? ofParts : edits,
    prefix_length: 1,
    fuzzy_rewrite: 'constant_score',
  };
}

const scored = (boost: number, filter: QueryClause): QueryClause => ({ constant_score: { filter, boost } });
