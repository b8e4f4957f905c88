import * as z from 'zod';
import { NotificationType } from '../events/order-notification.ts';
import { Day, Instant, OrderId, Version } from '../ids.ts';
import { Currency, MinorUnits } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';
import { ORDER_UNITS_MAX } from './order.ts';

const key = entityKey('Tally', 'ORDER#{orderId}', 'TALLY', { orderId: OrderId });
export const countedOrderKey = (orderId: OrderId): ItemKey => key.of({ orderId });

/** What one order adds to the daily stats. */
export const StatsUpdate = z.object({
  day: Day,
  status: OrderStatus,
  units: z.int().nonnegative().max(ORDER_UNITS_MAX),
  revenue: MinorUnits,
  currency: Currency,
});
export type StatsUpdate = z.infer<typeof StatsUpdate>;

/** How many versions of an order are remembered: more than its statuses, and few enough for a small item. */
export const COUNTED_VERSIONS_MAX = 20;

/** A version of an order that was counted, for the timeline of the order. */
export const CountedVersion = z.object({
  version: Version,
  at: Instant,
  /** Absent where this version removed the order. */
  status: OrderStatus.optional(),
  /** The type of the event that reports its status; absent where it has none. */
  notification: NotificationType.optional(),
  /** The types of its events that report facts. As text: a release may have to read those of a later one. */
  facts: z.array(z.string().min(1)).optional(),
});
export type CountedVersion = z.infer<typeof CountedVersion>;

/**
 * What the daily stats hold of one order, and from which version of it: `ORDER#orderId` / `TALLY`. The transaction that
 * updates the stats writes it, so that each version counts once however often its record is delivered.
 */
export const CountedOrderItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Tally'),
    orderId: OrderId,
    orderVersion: Version,
    /** Absent once the order was removed: the stats then hold nothing of it. */
    contribution: StatsUpdate.optional(),
    /** The last versions that were counted, the oldest first; absent from items that were written before the versions were kept. */
    versions: z.array(CountedVersion).max(COUNTED_VERSIONS_MAX).optional(),
  })
  .superRefine((countedOrder, ctx) => checkKey(countedOrder, countedOrderKey(countedOrder.orderId), ctx));
export type CountedOrderItem = z.infer<typeof CountedOrderItem>;

export const countedOrderEntity = {
  key,
  item: CountedOrderItem,
  writtenBy: ['order-events'],
  readBy: [],
} as const satisfies Entity;
