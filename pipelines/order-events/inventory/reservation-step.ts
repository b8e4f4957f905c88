import type { OrderItem, OrderLine } from '../../../contracts/entities/order.ts';
import type { ReservationItem, ReservationState } from '../../../contracts/entities/reservation.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { type Sku, type Version, versionAfter } from '../../../contracts/ids.ts';
import { RELEASABLE_STATUSES } from '../../../contracts/order-status.ts';
import { type Clock, instantOf } from '../../clock.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';

/** What one version of an order asks of the stock: to hold its goods, or to free what is held for it. */
export interface ReservationRequest {
  readonly kind: 'hold' | 'free';
  readonly order: OrderItem;
  readonly orderVersion: Version;
}

/** Pieces of one sku. */
type StockLine = ReservationItem['lines'][number];

/**
 * What a change of an order asks of the stock, by the status it leaves: `placed` holds, `cancelled` frees, and so does a
 * removal while the goods are still in the warehouse. An order that is first seen as `confirmed` (an imported one) holds too;
 * one that is first seen later has taken its goods already. `undefined`: nothing is asked.
 */
export function reservationRequestOf(change: ChangeOf<'Order'>): ReservationRequest | undefined {
  const orderVersion = change.version;
  if (change.kind === 'REMOVE') {
    const order = change.oldItem;
    return RELEASABLE_STATUSES.has(order.status) ? { kind: 'free', order, orderVersion } : undefined;
  }
  const order = change.newItem;
  switch (order.status) {
    case 'placed':
      return { kind: 'hold', order, orderVersion };
    case 'confirmed':
      return change.kind === 'INSERT' ? { kind: 'hold', order, orderVersion } : undefined;
    case 'cancelled':
      return { kind: 'free', order, orderVersion };
    default:
      return undefined;
  }
}

/** An order's pieces by sku: repeated lines of one sku are summed, since a transaction may touch an item once only. */
export function stockLinesOf(lines: readonly Pick<OrderLine, 'sku' | 'quantity'>[]): StockLine[] {
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

/** The reservation that follows the one that was read, `undefined` where there was none, once a demand is met or refused. */
export function nextReservation(
  read: ReservationItem | undefined,
  { order, orderVersion }: ReservationRequest,
  { state, lines }: { readonly state: ReservationState; readonly lines: readonly StockLine[] },
  clock: Clock,
): ReservationItem {
  const now = instantOf(clock.now());
  return {
    ...reservationKey(order.orderId),
    entityType: 'Reservation',
    orderId: order.orderId,
    userId: order.userId,
    state,
    orderVersion,
    lines: [...lines],
    createdAt: read?.createdAt ?? now,
    updatedAt: now,
    version: read === undefined ? clock.firstVersion() : versionAfter(read.version),
  };
}

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
  { kind, order, orderVersion }: ReservationRequest,
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

/** By how many pieces the stock of a sku falls while what is reserved rises; below zero the other way round. */
export interface StockChange {
  readonly sku: Sku;
  readonly held: number;
}

/** What steps that are taken together move, one entry a sku; a sku that one step holds and another frees may need no move. */
export function netMoves(steps: Iterable<ReservationStep>): StockChange[] {
  const held = new Map<Sku, number>();
  for (const step of steps) {
    if (step.kind === 'none' || step.kind === 'mark') continue;
    const sign = step.kind === 'hold' ? 1 : -1;
    for (const { sku, quantity } of step.lines) held.set(sku, (held.get(sku) ?? 0) + sign * quantity);
  }
  return [...held].filter(([, pieces]) => pieces !== 0).map(([sku, pieces]) => ({ sku, held: pieces }));
}
