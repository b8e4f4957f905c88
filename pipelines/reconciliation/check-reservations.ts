import { type CountedVersion, countedOrderKey } from '../../contracts/entities/counted-order.ts';
import { type OrderItem, orderKey } from '../../contracts/entities/order.ts';
import type { ReservationItem, ReservationState } from '../../contracts/entities/reservation.ts';
import { reservationKey } from '../../contracts/entities/reservation.ts';
import { OrderId } from '../../contracts/ids.ts';
import { RELEASABLE_STATUSES } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import type { OrderInventory } from '../order-events/inventory/order-inventory.ts';
import { currentChange } from '../stream/current-state.ts';
import type { Repair } from './findings.ts';
import type { TableDigest } from './read-table.ts';
import { type CheckedTable, lastStatusOf, readCurrent } from './read-table.ts';
import type { Candidate, Comparison, CopyCheck } from './recheck.ts';

/** The dependencies of {@link reservationCheck}. */
export interface ReservationCheckDeps {
  readonly table: CheckedTable;
  readonly inventory: Pick<OrderInventory, 'handle'>;
}

type State = ReservationState | undefined;
/** What the checks use of a reservation; `undefined`: there is none. */
type Held = Pick<ReservationItem, 'state' | 'orderVersion'> | undefined;

/** In which states the reservation of an order of each status may be; `undefined`: there is none. */
const STATES_OF: Readonly<Record<OrderItem['status'], ReadonlySet<State>>> = {
  placed: new Set<State>(['RESERVED']),
  confirmed: new Set<State>(['RESERVED']),
  shipped: new Set<State>(['RESERVED']),
  delivered: new Set<State>(['RESERVED']),
  cancelled: new Set<State>([undefined, 'RELEASED', 'REJECTED']),
  rejected: new Set<State>([undefined, 'RELEASED', 'REJECTED']),
};

const NONE = 'has no reservation';
const DESCRIBED: Readonly<Record<ReservationState, string>> = {
  RESERVED: 'holds its stock',
  RELEASED: 'its stock was given back',
  REJECTED: 'its stock was refused',
};
/** The statuses of shipped goods: nothing can be held for them. */
const SHIPPED: ReadonlySet<OrderItem['status'] | undefined> = new Set<OrderItem['status']>([
  'shipped',
  'delivered',
]);

/** What is wrong with an order's reservation. A `placed` order is confirmed only by one for its version. */
function faultOf({ status, version }: Pick<OrderItem, 'status' | 'version'>, held: Held): string | undefined {
  if (!STATES_OF[status].has(held?.state))
    return `is ${status} and ${held === undefined ? NONE : DESCRIBED[held.state]}`;
  return status === 'placed' && held !== undefined && held.orderVersion < version
    ? `is ${status} at version ${version} and ${DESCRIBED[held.state]} for version ${held.orderVersion}`
    : undefined;
}

/** What is wrong with the reservation of a deleted order: its removal releases what the goods in the warehouse were held for. */
const deletedFaultOf = (lastStatus: OrderItem['status'] | undefined, state: State): string | undefined =>
  state === 'RESERVED' && lastStatus !== undefined && RELEASABLE_STATUSES.has(lastStatus)
    ? `is deleted, was last counted as ${lastStatus} and ${DESCRIBED[state]}`
    : undefined;

/** The orders whose reservation does not go with their status or version, and those that were not seen and hold stock as if they were there. */
export function reservationCandidates({
  orders,
  reservations,
  countedOrders,
}: TableDigest): readonly Candidate[] {
  const present = [...orders]
    .filter(([id, order]) => faultOf(order, reservations.get(id)) !== undefined)
    .map(([id, { version, key }]) => ({ id, version, key }));
  const deleted = [...reservations]
    .filter(
      ([id, { state }]) =>
        !orders.has(id) && deletedFaultOf(countedOrders.get(id)?.lastStatus, state) !== undefined,
    )
    .map(([id]) => ({ id, version: undefined, key: undefined }));
  return [...present, ...deleted];
}

/**
 * Each order has the reservation that its status asks for, so that no order continued whose stock was refused, and a `placed` one
 * has it for its version. The inventory repairs a difference as if its change arrived now, unless the goods are shipped.
 */
export function reservationCheck({ table, inventory }: ReservationCheckDeps): CopyCheck {
  return {
    check: 'reservations',
    compare: async ({ id, key }) => {
      const orderId = parse(OrderId, id);
      const order = key && (await readCurrent(table, key));
      const reservation = await readCurrent(table, reservationKey(orderId));
      if (order === undefined) return deletedComparison(table, reservation);
      const isOrder = order !== 'malformed' && order.entityType === 'Order';
      if (!isOrder) return { source: undefined, copy: undefined, detail: undefined };
      if (reservation === 'malformed')
        return {
          source: order.version,
          copy: undefined,
          detail: 'has a reservation that breaks its contract',
        };
      const held = reservation?.entityType === 'Reservation' ? reservation : undefined;
      const comparison = { source: order.version, copy: held?.orderVersion };
      const detail = faultOf(order, held);
      if (detail === undefined) return { ...comparison, detail };
      const versions = await countedVersionsOf(table, orderId);
      if (held === undefined && SHIPPED.has(order.status) && cameShipped(versions))
        return { ...comparison, detail: undefined };
      return { ...comparison, detail, repair: repairOf(inventory, { order, held, versions }) };
    },
  };
}

/**
 * The reservation of an order that was deleted, or that the scan had passed before it was written. Nothing repairs it: what was lost may have
 * been more than the removal, so that its goods may be shipped.
 */
async function deletedComparison(
  table: CheckedTable,
  reservation: Awaited<ReturnType<typeof readCurrent>>,
): Promise<Comparison> {
  const same = { source: undefined, copy: undefined, detail: undefined };
  if (reservation === 'malformed' || reservation?.entityType !== 'Reservation') return same;
  const { userId, orderId, state, orderVersion: copy } = reservation;
  if ((await readCurrent(table, orderKey(userId, orderId))) !== undefined) return same;
  const countedOrder = await readCurrent(table, countedOrderKey(orderId));
  if (countedOrder === 'malformed' || countedOrder?.entityType !== 'Tally') return same;
  return { source: undefined, copy, detail: deletedFaultOf(lastStatusOf(countedOrder), state) };
}

/** The last counted versions of an order. Each life of an order ends with one that has no status. */
async function countedVersionsOf(table: CheckedTable, orderId: OrderId): Promise<readonly CountedVersion[]> {
  const countedOrder = await readCurrent(table, countedOrderKey(orderId));
  if (countedOrder === 'malformed' || countedOrder?.entityType !== 'Tally') return [];
  return countedOrder.versions ?? [];
}

/** Whether an order was written as shipped or delivered at once: its goods were shipped before it was seen, and were never held. */
function cameShipped(versions: readonly CountedVersion[]): boolean {
  const removedAt = versions.findLastIndex(({ status }) => status === undefined);
  return SHIPPED.has(versions[removedAt + 1]?.status);
}

/** Whether the order was certainly removed after the version that its stock is held for, so that an earlier life of it holds that. */
const isOfEarlierLife = (held: ReservationItem, versions: readonly CountedVersion[]): boolean =>
  versions.some(({ version, status }) => status === undefined && version > held.orderVersion);

interface Repaired {
  readonly order: OrderItem;
  readonly held: ReservationItem | undefined;
  readonly versions: readonly CountedVersion[];
}

function repairOf(
  inventory: ReservationCheckDeps['inventory'],
  { order, held, versions }: Repaired,
): Repair | undefined {
  // No change of a rejected order releases its stock, and shipped goods cannot be held.
  if (order.status === 'rejected' || SHIPPED.has(order.status)) return undefined;
  // The inventory has processed this version: it would change nothing.
  if (held !== undefined && held.orderVersion >= order.version) return undefined;
  const handle = (kind: 'INSERT' | 'MODIFY') => (signal: AbortSignal) =>
    inventory.handle(currentChange(order, kind), signal);
  if (order.status === 'cancelled') return { how: "free the order's stock", run: handle('MODIFY') };
  // What this life holds is kept: another order could take it between its release and a new hold.
  if (held?.state === 'RESERVED' && !isOfEarlierLife(held, versions))
    return { how: "give the reservation the order's version", run: handle('MODIFY') };
  return { how: "hold the order's stock, or reject it", run: handle('INSERT') };
}
