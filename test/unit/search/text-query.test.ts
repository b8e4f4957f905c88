import { describe, expect, it } from 'vitest';
import { codeHighlights } from '../../../pipelines/search/query/highlights.ts';
import { mayBeMisspelled, textQuery } from '../../../pipelines/search/query/text-query.ts';

const FIELDS = { words: [{ field: 'name', bonus: 2 }], fixedWords: new Set(['placed']) };
const queryOf = (text: string, spelling: 'exact' | 'similar' = 'exact') =>
  JSON.stringify(textQuery(text, FIELDS, spelling));

describe('a query for words', () => {
  it.each(['', '🎩', '- . *'])('matches nothing where %j has no word', (text) => {
    expect(textQuery(text, FIELDS, 'similar')).toEqual({ match_none: {} });
  });

  it('has a constant score for each way to match, which paging by score relies on', () => {
    const queries = JSON.parse(queryOf('oak AB-12 chairs', 'similar'));
    const scored = [
      ...queries.bool.should,
      ...queries.bool.must.flatMap((word: { dis_max: { queries: object[] } }) => word.dis_max.queries),
    ];
    expect(scored.map((query: object) => Object.keys(query))).toEqual(scored.map(() => ['constant_score']));
  });

  it.each(['query_string', 'simple_query_string', 'wildcard', 'regexp', 'script'])(
    'never uses %s, which has a syntax',
    (kind) => {
      expect(queryOf('name:* AND /.*/ AB-1* chairs~', 'similar')).not.toContain(`"${kind}"`);
    },
  );

  it.each([
    ['chairs', true],
    ['chair', true],
    ['oak chairs', true],
    ['hat', false],
    ['pale', false],
    ['ab1200x', false],
    ['placed', false],
    ['Placed', false],
  ])('forgives typos in %j: %j', (text, expected) => {
    expect(mayBeMisspelled(text, FIELDS)).toBe(expected);
    expect(queryOf(text, 'similar').includes('fuzziness')).toBe(expected);
    expect(queryOf(text)).not.toContain('fuzziness');
  });

  it.each([
    ['chair', 1],
    ['cabinet', 1],
    ['bookcase', 2],
  ])('forgives in %j as many as %i', (text, most) => {
    const edits = [...queryOf(text, 'similar').matchAll(/"fuzziness":(\d)/g)].map(([, digit]) =>
      Number(digit),
    );
    expect(Math.max(...edits)).toBe(most);
  });
});

describe('a beginning of one character', () => {
  it.each(['red oak chair for my room 1', 'saint-e', 'é', 'x.'])(
    'is one clause in %j, however many words begin so',
    (text) => {
      expect(queryOf(text, 'exact')).not.toContain('match_phrase_prefix');
      expect(queryOf(text, 'exact')).toContain('match_bool_prefix');
    },
  );

  it('is a phrase with the parts before it from two characters on', () => {
    expect(queryOf('FUR-CH', 'exact')).toContain('match_phrase_prefix');
  });
});

describe('the marks of ids', () => {
  const marked = (value: string, text: string) =>
    codeHighlights(text, [{ field: 'sku', value }])[0]
      ?.parts.map((part) => (part.isHit ? `[${part.text}]` : part.text))
      .join('');

  it.each([
    ['AB-1200-X', 'ab1200x', '[AB-1200-X]'],
    ['AB-1200-X', 'ab-12', '[AB-12]00-X'],
    ['AB-1200-X', 'b1200x', 'A[B-1200-X]'],
    ['AB-1200-X', '1200-x', 'AB-[1200-X]'],
    ['AB-1200-X', '200x', undefined],
    ['AB-1200-X', 'ab', undefined],
    ['chair', 'cha', undefined],
    ['ÄÖ-7', 'äö7', '[ÄÖ-7]'],
  ])('of %s are for %s: %s', (value, text, expected) => {
    expect(marked(value, text)).toBe(expected);
  });
});
