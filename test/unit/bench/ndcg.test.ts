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

  it.each([
    ['nothing', [], 1],
    ['anything', [0], 0],
  ])('of a query that no order serves, when it finds %s', (_, found, expected) => {
    expect(ndcg(found, [0, 0])).toBe(expected);
  });
});

it('is taken of 60 different queries in five languages', () => {
  expect(new Set(judgedQueries.map(({ q }) => q)).size).toBe(60);
  expect(new Set(judgedQueries.map(({ language }) => language)).size).toBe(5);
});
