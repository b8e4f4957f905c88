import type { ReservationItem, ReservationState } from '../../contracts/items/reservation.ts';
import { type StockDemand, type StockLine, stockLinesOf } from './stock-demand.ts';

/** What is left to do for a demand, given the reservation as it is. */
export type ReservationStep =
  /** Nothing: this or a newer version of the order has been decided. */
  | { readonly kind: 'none' }
  | {
      /**
       * `hold` takes the lines out of the stock, or refuses the order where there is not enough; `free` gives them back;
       * `mark` moves no stock: it remembers that this version was seen, so that an older record that comes late changes nothing.
       */
      readonly kind: 'hold' | 'free' | 'mark';
      /** The state that the reservation then has. */
      readonly state: ReservationState;
      readonly lines: readonly StockLine[];
    };

/**
 * Decides from the reservation's state and version alone, never from the order in which records arrive: whatever the
 * order and however often one life of an order is delivered, the same reservation is left.
 */
export function reservationStep(
  reservation: ReservationItem | undefined,
  { kind, order, orderVersion }: StockDemand,
): ReservationStep {
  if (reservation === undefined) {
    return kind === 'hold'
      ? { kind: 'hold', state: 'RESERVED', lines: stockLinesOf(order.lines) }
      : // The release came before its reservation: what is left must refuse the late one.
        { kind: 'mark', state: 'RELEASED', lines: [] };
  }
  const { state, lines } = reservation;
  if (reservation.orderVersion >= orderVersion) return { kind: 'none' };
  if (kind === 'free') {
    return state === 'RESERVED' ? { kind: 'free', state: 'RELEASED', lines } : { kind: 'mark', state, lines };
  }
  return state === 'RESERVED'
    ? // The order was removed and made again, and the removal is late: it must not free what the new one holds.
      { kind: 'mark', state, lines }
    : { kind: 'hold', state: 'RESERVED', lines: stockLinesOf(order.lines) };
}
