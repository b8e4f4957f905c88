import { Day, type OrderId, type Version } from '../../contracts/ids.ts';
import { type OrderItem, orderUnits } from '../../contracts/items/order.ts';
import type { Contribution } from '../../contracts/items/tally.ts';
import type { ChangeOf } from '../core/stream-change.ts';

/** What one version of an order adds to the daily stats; `undefined` once it was removed. */
export interface OrderClaim {
  readonly orderId: OrderId;
  readonly orderVersion: Version;
  readonly contribution: Contribution | undefined;
}

const DAY_CHARACTERS = 'yyyy-mm-dd'.length;

/** What an order adds to the stats of the UTC day on which it was placed. */
export const contributionOf = (order: OrderItem): Contribution => ({
  day: Day.parse(order.createdAt.slice(0, DAY_CHARACTERS)),
  status: order.status,
  units: orderUnits(order.lines),
  revenue: order.total,
  currency: order.currency,
});

/** What the stats must hold of an order after a change of it. */
export function claimOf(change: ChangeOf<'Order'>): OrderClaim {
  const order = change.kind === 'REMOVE' ? change.oldItem : change.newItem;
  return {
    orderId: order.orderId,
    orderVersion: change.version,
    contribution: change.kind === 'REMOVE' ? undefined : contributionOf(order),
  };
}

/** The newest claim of each order: the older ones are part of history once it is counted. */
export function newestClaims(claims: Iterable<OrderClaim>): Map<OrderId, OrderClaim> {
  const newest = new Map<OrderId, OrderClaim>();
  for (const claim of claims) {
    const known = newest.get(claim.orderId);
    if (known === undefined || known.orderVersion < claim.orderVersion) newest.set(claim.orderId, claim);
  }
  return newest;
}
