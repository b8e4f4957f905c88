import { expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { expiryOf, isExpired, ttlOf } from '../../../pipelines/dynamodb/expiry.ts';

it('a ttl is the instant’s second, rounded up, so that nothing expires early', () => {
  expect(ttlOf(Instant.parse('2026-03-01T12:00:00.000Z'))).toBe(1_772_366_400);
  expect(ttlOf(Instant.parse('2026-03-01T12:00:00.001Z'))).toBe(1_772_366_401);
});

it('the instant of a ttl is the one that it was calculated from', () => {
  const instant = Instant.parse('2026-03-01T12:00:00.000Z');
  expect(expiryOf(ttlOf(instant))).toBe(instant);
});

it.each([
  ['a millisecond before its ttl', -1, false],
  ['at its ttl', 0, true],
  ['after its ttl', 1, true],
])('%s an item is expired: %#', (_when, ms, expired) => {
  expect(isExpired({ ttl: 1_772_366_400 }, new Date(1_772_366_400_000 + ms))).toBe(expired);
});

it('an item without a ttl never expires', () => {
  expect(isExpired({}, new Date(8.64e15))).toBe(false);
});
