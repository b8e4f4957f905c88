import type { Highlight, TextPart } from '../../../contracts/api/search.ts';
import {
  codeOf,
  markedWords,
  mayBeginCode,
  mayEndCode,
  type QueryClause,
  type SearchedFields,
  type Spelling,
  wordsOf,
} from './text-query.ts';

/**
 * Unicode's own start and end of a selected area. Controls cannot be part of a text that was indexed (contracts/text.ts), so
 * no text in a document is taken for a mark; and unlike the C0 controls OpenSearch does not trim these from a fragment.
 */
const HIT_START = '\u0086';
const HIT_END = '\u0087';

const FRAGMENTS_MAX = 3;
const FRAGMENT_CHARACTERS = 120;
/** The field of a keyword's words, as the mappings name it. */
const WORDS_FIELD = '.words';

/**
 * The part of a request that marks the words of a text in those fields. An index that lacks one of them, such as one before a rebuild,
 * marks nothing in it. See https://docs.opensearch.org/latest/search-plugins/searching-data/highlight/.
 */
export const highlightRequest = (
  text: string,
  marked: readonly string[],
  fields: SearchedFields,
  spelling: Spelling,
): QueryClause => ({
  pre_tags: [HIT_START],
  post_tags: [HIT_END],
  require_field_match: false,
  highlight_query: markedWords(text, fields, spelling),
  number_of_fragments: FRAGMENTS_MAX,
  fragment_size: FRAGMENT_CHARACTERS,
  fields: Object.fromEntries(marked.map((name) => [name, {}])),
});

/** The marked words of a hit, by the fields' own names. */
export const wordHighlights = (found: Readonly<Record<string, readonly string[]>>): Highlight[] =>
  Object.entries(found).flatMap(([name, fragments]) => {
    const field = name.endsWith(WORDS_FIELD) ? name.slice(0, -WORDS_FIELD.length) : name;
    return fragments.map((fragment) => ({ field, parts: partsOf(fragment) }));
  });

/** Splits a fragment at the marks around its hits. */
function partsOf(fragment: string): TextPart[] {
  const pieces = fragment.split(new RegExp(`(${HIT_START}[^${HIT_END}]*${HIT_END})`));
  return pieces
    .filter((piece) => piece !== '')
    .map((piece) =>
      piece.startsWith(HIT_START) ? { text: piece.slice(1, -1), isHit: true } : { text: piece, isHit: false },
    );
}

/** A value that is searched as an id, and the field that it is of. */
export interface Code {
  readonly field: string;
  readonly value: string | undefined;
}

/**
 * The ids that a word of the text matches, marked as far as they match: the complete one, its beginning or its end. OpenSearch would mark
 * complete keywords alone. Each id is marked once.
 */
export function codeHighlights(text: string | undefined, codes: readonly Code[]): Highlight[] {
  const words = wordsOf(text ?? '');
  const marked = new Map<string, Highlight>();
  for (const { field, value } of codes) {
    if (value === undefined || marked.has(`${field}\n${value}`)) continue;
    const parts = words.map((word) => markedCode(value, word)).find((found) => found !== undefined);
    if (parts !== undefined) marked.set(`${field}\n${value}`, { field, parts });
  }
  return [...marked.values()];
}

function markedCode(value: string, word: string): TextPart[] | undefined {
  const [code, wanted] = [codeOf(value), codeOf(word)];
  if (code === wanted) return [{ text: value, isHit: true }];
  if (mayBeginCode(word) && code.startsWith(wanted)) {
    const end = placeOf(value, [...wanted].length).end;
    return [
      { text: value.slice(0, end), isHit: true },
      { text: value.slice(end), isHit: false },
    ];
  }
  if (mayEndCode(word) && code.endsWith(wanted)) {
    const { start } = placeOf(value, [...code].length - [...wanted].length + 1);
    return [
      { text: value.slice(0, start), isHit: false },
      { text: value.slice(start), isHit: true },
    ];
  }
  return undefined;
}

/** Where the character with that number, 1 for the first, is in a value whose separators do not count. */
function placeOf(value: string, number: number): { readonly start: number; readonly end: number } {
  let seen = 0;
  let end = 0;
  for (const character of value) {
    const start = end;
    end += character.length;
    if (codeOf(character) !== '') seen += 1;
    if (seen === number) return { start, end };
  }
  return { start: end, end };
}
