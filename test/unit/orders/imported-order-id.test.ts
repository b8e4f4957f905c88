import fc from 'fast-check';
import { decodeTime, ulidToUUID } from 'ulid';
import { describe, expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { importedOrderId } from '../../../pipelines/orders/imported-order-id.ts';

const NOON = Instant.parse('2014-06-09T12:00:00.000Z');

describe("an imported order's id", () => {
  it('is the same whenever the same order is imported', () => {
    expect(importedOrderId('CA-2014-115812', NOON)).toBe(importedOrderId('CA-2014-115812', NOON));
  });

  it('has the time of the order, to the millisecond, for any date since 1970', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const instant = Instant.parse(date.toISOString());
        expect(decodeTime(importedOrderId('any', instant))).toBe(date.getTime());
      }),
    );
  });

  it('differs between any two source ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 }), ([one = '', other = '']) => {
        expect(importedOrderId(one, NOON)).not.toBe(importedOrderId(other, NOON));
      }),
    );
  });

  it('has the first 80 bits of the SHA-256 of the source id', () => {
    // printf abc | sha256sum: ba7816bf8f01cfea4141...
    expect(ulidToUUID(importedOrderId('abc', NOON)).replaceAll('-', '').slice(12).toLowerCase()).toBe(
      'ba7816bf8f01cfea4141',
    );
  });
});
