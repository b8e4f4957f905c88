import { describe, expect, it } from 'vitest';
import { Sku } from '../../../contracts/ids.ts';
import type { ReservationStep } from '../../../pipelines/order-events/inventory/reservation-step.ts';
import { netStockChanges } from '../../../pipelines/order-events/inventory/reservation-step.ts';

const step = (kind: 'hold' | 'free' | 'mark', quantity: number, sku = 'SKU-1'): ReservationStep => ({
  kind,
  state: 'RESERVED',
  lines: [{ sku: Sku.parse(sku), quantity }],
});

describe('the stock changes of steps that are taken together', () => {
  it('are one a sku', () => {
    expect(netStockChanges([step('hold', 2), step('hold', 3), step('hold', 4, 'SKU-2')])).toEqual([
      { sku: 'SKU-1', held: 5 },
      { sku: 'SKU-2', held: 4 },
    ]);
  });

  it('set what is freed against what is held', () => {
    expect(netStockChanges([step('hold', 2), step('free', 3)])).toEqual([{ sku: 'SKU-1', held: -1 }]);
  });

  it('leave out a sku that needs none', () => {
    expect(netStockChanges([step('hold', 2), step('free', 2)])).toEqual([]);
  });

  it('have nothing of a step that only marks', () => {
    expect(netStockChanges([step('mark', 2), { kind: 'none' }])).toEqual([]);
  });
});
