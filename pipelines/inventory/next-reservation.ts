import { versionAfter } from '../../contracts/ids.ts';
import type { ReservationItem, ReservationState } from '../../contracts/items/reservation.ts';
import { reservationKey } from '../../contracts/keys.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import type { StockDemand, StockLine } from './stock-demand.ts';

/** The reservation that follows the one that was read, `undefined` where there was none, once a demand is met or refused. */
export function nextReservation(
  read: ReservationItem | undefined,
  { order, orderVersion }: StockDemand,
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
