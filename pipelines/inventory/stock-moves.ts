import type { Sku } from '../../contracts/ids.ts';
import type { ReservationStep } from './reservation-step.ts';

/** By how many pieces the stock of a sku falls while what is reserved rises; below zero the other way round. */
export interface StockMove {
  readonly sku: Sku;
  readonly held: number;
}

/** What steps that are taken together move, one entry a sku; a sku that one step holds and another frees may need no move. */
export function netMoves(steps: Iterable<ReservationStep>): StockMove[] {
  const held = new Map<Sku, number>();
  for (const step of steps) {
    if (step.kind === 'none' || step.kind === 'mark') continue;
    const sign = step.kind === 'hold' ? 1 : -1;
    for (const { sku, quantity } of step.lines) held.set(sku, (held.get(sku) ?? 0) + sign * quantity);
  }
  return [...held].filter(([, pieces]) => pieces !== 0).map(([sku, pieces]) => ({ sku, held: pieces }));
}
