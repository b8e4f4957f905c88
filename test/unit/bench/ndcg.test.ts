import { describe, expect, it } from 'vitest';
import { judgedQueries } from '../../bench/relevance/judgments.ts';
import { ndcg } from '../../bench/relevance/ndcg.ts';

describe('NDCG@10', () => {
  it.each([
    ['the best order', [3, 2, 0], [0, 2, 3], 1],
    ['nothing', [0, 0], [3], 0],
    ['no hits', [], [1], 0],
    ['the one that counts in the second place', [0, 3], [3], 1 / Math.log2(3)],
    ['what counts behind the tenth place', [...Array(10).fill(0), 3], [3], 0],
  ])('of %s', (_, found, all, expected) => {
    expect(ndcg(found, all)).toBeCloseTo(expected, 10);
  });

  it('is refused for a query that has no good order', () => {
    expect(() => ndcg([0], [0, 0])).toThrow(RangeError);
  });
});

it('is taken of 30 different queries', () => {
  expect(new Set(judgedQueries.map(({ q }) => q)).size).toBe(30);
});
