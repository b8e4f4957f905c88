import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { plainItem } from '../../../pipelines/core/plain-item.ts';
import { maximalOrder } from '../../builders/maximal-items.ts';

describe('the plain values of an item', () => {
  it('are those that it was made of', () => {
    const item = { ...maximalOrder(), nested: { list: [1, -1.5, 0, null, true, 'text'] } };
    expect(plainItem(marshall(item))).toEqual(item);
  });

  it.each([
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['9007199254740993', '9007199254740993'],
    ['-90071992547409931.5', '-90071992547409931.5'],
  ])('hold the number %s as what can be told from others', (N, expected) => {
    expect(plainItem({ amount: { N } })).toEqual({ amount: expected });
  });
});
