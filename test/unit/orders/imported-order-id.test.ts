import fc from 'fast-check';
import { decodeTime, ulidToUUID } from 'ulid';
import { describe, expect, it } from 'vitest';
import { Instant, UserId } from '../../../contracts/ids.ts';
import { importedOrderId } from '../../../pipelines/orders/import-order.ts';

const USER = UserId.parse('u-1');
const NOON = Instant.parse('2014-06-09T12:00:00.000Z');

describe("an imported order's id", () => {
  it('is the same whenever the same order is imported', () => {
    expect(importedOrderId(USER, 'CA-2014-115812', NOON)).toBe(importedOrderId(USER, 'CA-2014-115812', NOON));
  });

  it('has the time of the order, to the millisecond, for any date since 1970', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const instant = Instant.parse(date.toISOString());
        expect(decodeTime(importedOrderId(USER, 'any', instant))).toBe(date.getTime());
      }),
    );
  });

  it('differs between any two source ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 }), ([one = '', other = '']) => {
        expect(importedOrderId(USER, one, NOON)).not.toBe(importedOrderId(USER, other, NOON));
      }),
    );
  });

  it('differs between two users who have the same source id', () => {
    expect(importedOrderId(USER, 'abc', NOON)).not.toBe(importedOrderId(UserId.parse('u-2'), 'abc', NOON));
  });

  it('has the first 80 bits of the SHA-256 of user and source id', () => {
    // printf '["u-1","abc"]' | sha256sum
    expect(
      ulidToUUID(importedOrderId(USER, 'abc', NOON))
        .replaceAll('-', '')
        .slice(12)
        .toLowerCase(),
    ).toBe('7311a7701396d37b2cb6');
  });
});
