import { expect, it } from 'vitest';
import { explanationLines } from '../../../pipelines/search/query/order-search-result.ts';

const part = (description: string, details: readonly unknown[] = []) => ({
  value: 1.5,
  description,
  details,
});

it('writes a tree line by line, a part before its own parts', () => {
  const tree = part('sum of:', [part('weight(text:oak)', [part('idf')]), part('weight(text:chair)')]);
  expect(explanationLines(tree)).toEqual([
    { depth: 0, value: 1.5, description: 'sum of:' },
    { depth: 1, value: 1.5, description: 'weight(text:oak)' },
    { depth: 2, value: 1.5, description: 'idf' },
    { depth: 1, value: 1.5, description: 'weight(text:chair)' },
  ]);
});

it('stays small however wide, deep and wordy the tree is', () => {
  const wide = part(
    'w',
    Array.from({ length: 1_000 }, () => part('x'.repeat(1_000))),
  );
  const lines = explanationLines(wide);
  expect(lines).toHaveLength(40);
  expect(Math.max(...lines.map(({ description }) => description.length))).toBe(160);
  const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => part('d', [inner]), part('d'));
  expect(Math.max(...explanationLines(deep).map(({ depth }) => depth))).toBe(8);
});

it.each([undefined, null, 'text', {}])('writes nothing for %j', (explanation) => {
  expect(explanationLines(explanation)).toEqual([]);
});
