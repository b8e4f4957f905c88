import { expect, it } from 'vitest';
import { compareSequenceNumbers } from '../../../pipelines/stream/lambda-record.ts';

it.each([
  ['9', '10', -1],
  ['100000000000000000000000000000000000001', '100000000000000000000000000000000000002', -1],
  ['10', '9', 1],
  ['7', '007', 0],
])('sequence numbers compare as numbers of any length: %s with %s', (left, right, order) => {
  expect(compareSequenceNumbers(left, right)).toBe(order);
});
