import { OrderId } from '../../contracts/ids.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import type { ReservationState } from '../../contracts/items/reservation.ts';
import { reservationKey } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { presentChange } from '../core/present-change.ts';
import type { OrderInventory } from '../inventory/order-inventory.ts';
import type { Repair } from './finding.ts';
import type { CopyCheck, Suspect } from './settle-copies.ts';
import type { TableDigest } from './table-digest.ts';
import { type CheckedTable, readPresent } from './table-reads.ts';

/** What {@link reservationCheck} reads, and mends with. */
export interface ReservationCheckDeps {
  readonly table: CheckedTable;
  readonly inventory: Pick<OrderInventory, 'handle'>;
}

type State = ReservationState | undefined;

/** What is wrong with an order's reservation; a shipped order's says nothing, for its goods may have left before it was seen. */
function faultOf(status: OrderItem['status'], state: State): string | undefined {
  if (status === 'placed' || status === 'confirmed')
    return state === undefined ? `is ${status} and has no reservation` : undefined;
  if (status === 'cancelled' || status === 'rejected')
    return state === 'RESERVED' ? `is ${status} and holds its stock` : undefined;
  return undefined;
}

/** The orders whose reservation does not go with their status. */
export function reservationSuspects({ orders, reservations }: TableDigest): readonly Suspect[] {
  return [...orders]
    .filter(([id, { status }]) => faultOf(status, reservations.get(id)?.state) !== undefined)
    .map(([id, { version, key }]) => ({ id, version, key }));
}

/** Each order has the reservation that its status asks for. What differs is settled by the inventory as if its change came now. */
export function reservationCheck({ table, inventory }: ReservationCheckDeps): CopyCheck {
  return {
    check: 'reservations',
    look: async ({ id, key }) => {
      const order = key && (await readPresent(table, key));
      const reservation = await readPresent(table, reservationKey(parse(OrderId, id)));
      const isOrder = order !== 'malformed' && order?.entityType === 'Order';
      if (!isOrder) return { source: undefined, copy: undefined, detail: undefined };
      if (reservation === 'malformed')
        return {
          source: order.version,
          copy: undefined,
          detail: 'has a reservation that breaks its contract',
        };
      const held = reservation?.entityType === 'Reservation' ? reservation : undefined;
      return {
        source: order.version,
        copy: held?.orderVersion,
        detail: faultOf(order.status, held?.state),
        repair: repairOf(inventory, order),
      };
    },
  };
}

function repairOf(inventory: ReservationCheckDeps['inventory'], order: OrderItem): Repair | undefined {
  // Nothing that the stream says of a rejected order frees its stock.
  if (order.status === 'rejected') return undefined;
  const isHold = order.status !== 'cancelled';
  return {
    how: isHold ? "hold the order's stock, or reject it" : "free the order's stock",
    run: (signal) => inventory.handle(presentChange(order, isHold ? 'INSERT' : 'MODIFY'), signal),
  };
}
