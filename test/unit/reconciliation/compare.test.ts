import { describe, expect, it } from 'vitest';
import { compareIndex } from '../../../pipelines/reconciliation/compare-index.ts';
import { compareSets } from '../../../pipelines/reconciliation/compare-sets.ts';
import { compareStock } from '../../../pipelines/reconciliation/compare-stock.ts';
import { productItem, reservationItem } from '../../builders/items.ts';

describe('compareIndex', () => {
  it('finds nothing when every item is there at its version', () => {
    expect(compareIndex('orders', new Map([['a', 1]]), new Map([['a', 1]]))).toEqual([]);
  });

  it.each([
    ['missing', new Map([['a', 1]]), new Map(), 'is missing in the index'],
    ['stale', new Map([['a', 2]]), new Map([['a', 1]]), 'has version 1 in the index and 2 in the table'],
    ['extra', new Map(), new Map([['a', 1]]), 'is in the index and not in the table'],
  ])('names a document that is %s', (_what, table, index, detail) => {
    expect(compareIndex('orders', table, index)).toEqual([{ check: 'orders', id: 'a', detail }]);
  });
});

describe('compareStock', () => {
  const twoHeld = reservationItem({ lines: [{ sku: 'SKU-1', quantity: 2 }] });

  it('finds nothing when stock and reservations add up to what was received', () => {
    expect(compareStock([productItem({ stock: 8, reserved: 2, received: 10 })], [twoHeld])).toEqual([]);
  });

  it('counts reservations that are RESERVED alone', () => {
    const released = reservationItem({ state: 'RELEASED' });
    expect(compareStock([productItem({ stock: 10, reserved: 0, received: 10 })], [released])).toEqual([]);
  });

  it('names a sku whose pieces do not add up', () => {
    expect(compareStock([productItem({ stock: 9, reserved: 2, received: 10 })], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: 'stock 9 + reserved 2 is not received 10' },
    ]);
  });

  it('names a sku that reserves another number than its reservations hold', () => {
    expect(compareStock([productItem({ stock: 7, reserved: 3, received: 10 })], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: 'reserved is 3 and the reservations hold 2' },
    ]);
  });

  it('names a sku that is reserved and does not exist', () => {
    expect(compareStock([], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: '2 reserved of an unknown sku' },
    ]);
  });
});

describe('compareSets', () => {
  it('names what did not come and what was not expected', () => {
    expect(compareSets('events', new Set(['a', 'b']), new Set(['b', 'c']))).toEqual([
      { check: 'events', id: 'a', detail: 'did not come' },
      { check: 'events', id: 'c', detail: 'came and was not expected' },
    ]);
  });
});
