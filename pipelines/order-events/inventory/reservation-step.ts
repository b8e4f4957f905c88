import { isDeepStrictEqual } from 'node:util';
import type { OrderItem, OrderLine } from '../../../contracts/entities/order.ts';
import type { ReservationItem, ReservationState } from '../../../contracts/entities/reservation.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { type Sku, type Version, versionAfter } from '../../../contracts/ids.ts';
import { RELEASABLE_STATUSES } from '../../../contracts/order-status.ts';
import { type Clock, instantOf } from '../../clock.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';

/** The request of one order version to the stock: to hold its goods, or to release what is held for it. */
export interface ReservationRequest {
  readonly kind: 'hold' | 'free';
  readonly order: OrderItem;
  readonly orderVersion: Version;
  /** Whether the change creates the order: what an older version holds is then of an earlier life. */
  readonly isNewLife: boolean;
}

/** Pieces of one sku. */
export type StockLine = ReservationItem['lines'][number];

/**
 * The reservation request of a change of an order, by its new status: `placed` holds, `cancelled` releases, and so does a
 * removal in a releasable status. An order that is first seen as `confirmed` holds too, also where
 * it was malformed before; one that is first seen in a later status has taken its goods already. `undefined`: there is no request.
 */
export function reservationRequestOf(change: ChangeOf<'Order'>): ReservationRequest | undefined {
  const order = change.kind === 'REMOVE' ? change.oldItem : change.newItem;
  const request = { order, orderVersion: change.version, isNewLife: change.kind === 'INSERT' };
  if (change.kind === 'REMOVE')
    return RELEASABLE_STATUSES.has(order.status) ? { kind: 'free', ...request } : undefined;
  switch (order.status) {
    case 'placed':
      return { kind: 'hold', ...request };
    case 'confirmed':
      return change.kind === 'INSERT' || change.oldItem === undefined
        ? { kind: 'hold', ...request }
        : undefined;
    case 'cancelled':
      return { kind: 'free', ...request };
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

/** The reservation after a reservation request is met or refused. `read` is `undefined` where there was none. */
export function nextReservation(
  read: ReservationItem | undefined,
  { order, orderVersion }: ReservationRequest,
  { state, lines, isDecidedAgain }: Pick<WrittenStep, 'state' | 'lines' | 'isDecidedAgain'>,
  clock: Clock,
): ReservationItem {
  const now = instantOf(clock.now());
  return {
    ...reservationKey(order.orderId),
    entityType: 'Reservation',
    orderId: order.orderId,
    userId: order.userId,
    state,
    orderVersion: isDecidedAgain && read !== undefined ? read.orderVersion : orderVersion,
    lines: [...lines],
    createdAt: read?.createdAt ?? now,
    updatedAt: now,
    version: read === undefined ? clock.firstVersion() : versionAfter(read.version),
  };
}

/** A step that writes the reservation. */
interface WrittenStep {
  /**
   * `hold` takes the lines out of the stock, or refuses the order where the stock is insufficient; `free` releases them;
   * `mark` changes no stock: it stores that this version was seen, so that an older record that arrives late changes nothing.
   */
  readonly kind: 'hold' | 'free' | 'mark';
  /** The state that the reservation then has. */
  readonly state: ReservationState;
  readonly lines: readonly StockLine[];
  /** Set where the request remains: the reservation keeps its order version, and the next step follows from it. */
  readonly isDecidedAgain?: true;
}

/** The next step for a reservation request, given the current reservation. */
export type ReservationStep =
  /** Nothing: this or a newer version of the order has been decided. */
  { readonly kind: 'none' } | WrittenStep;

/**
 * Decides only from the request and the reservation, never from the order in which records arrive: for any
 * order of arrival and any repeats of the records of one order, the resulting reservation is the same.
 */
export function reservationStep(
  reservation: ReservationItem | undefined,
  { kind, order, orderVersion, isNewLife }: ReservationRequest,
): ReservationStep {
  if (reservation === undefined) {
    return kind === 'hold'
      ? { kind: 'hold', state: 'RESERVED', lines: stockLinesOf(order.lines) }
      : // The release arrived before its reservation: the mark refuses the late one.
        { kind: 'mark', state: 'RELEASED', lines: [] };
  }
  const { state, lines } = reservation;
  if (reservation.orderVersion >= orderVersion) return { kind: 'none' };
  if (kind === 'free') {
    return state === 'RESERVED' ? { kind: 'free', state: 'RELEASED', lines } : { kind: 'mark', state, lines };
  }
  const needed = stockLinesOf(order.lines);
  if (state !== 'RESERVED') return { kind: 'hold', state: 'RESERVED', lines: needed };
  // The order was removed and created again, and the removal is late: it must not release the stock of the new one, so what the
  // removed one held is released here where the lines are others. A change in one life never is: another order could take the stock.
  return isNewLife && !isDeepStrictEqual(piecesOf(lines), piecesOf(needed))
    ? { kind: 'free', state: 'RELEASED', lines, isDecidedAgain: true }
    : { kind: 'mark', state, lines };
}

const piecesOf = (lines: readonly StockLine[]): ReadonlyMap<Sku, number> =>
  new Map(lines.map(({ sku, quantity }) => [sku, quantity]));

/** By how many pieces the stock of a sku falls while what is reserved rises; below zero the other way round. */
export interface StockChange {
  readonly sku: Sku;
  readonly held: number;
}

/** The stock changes of combined steps, one entry a sku; a sku that one step holds and another releases may need no change. */
export function netStockChanges(steps: Iterable<ReservationStep>): StockChange[] {
  const held = new Map<Sku, number>();
  for (const step of steps) {
    if (step.kind === 'none' || step.kind === 'mark') continue;
    const sign = step.kind === 'hold' ? 1 : -1;
    for (const { sku, quantity } of step.lines) held.set(sku, (held.get(sku) ?? 0) + sign * quantity);
  }
  return [...held].filter(([, pieces]) => pieces !== 0).map(([sku, pieces]) => ({ sku, held: pieces }));
}
