import * as z from 'zod';
import { Day, OrderId, Version } from '../ids.ts';
import { tallyKey } from '../keys.ts';
import { Currency, MinorUnits } from '../money.ts';
import { checkKey, itemAttributes } from './item.ts';
import { OrderStatus } from './order-status.ts';

/** What one order adds to the daily stats. */
export const Contribution = z.object({
  day: Day,
  status: OrderStatus,
  units: z.int().nonnegative(),
  revenue: MinorUnits,
  currency: Currency,
});
export type Contribution = z.infer<typeof Contribution>;

/**
 * What the daily stats hold of one order, and from which version of it: `ORDER#orderId` / `TALLY`. Written in the
 * transaction that moves the stats, it makes each version count once however often its record is delivered.
 */
export const TallyItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Tally'),
    orderId: OrderId,
    orderVersion: Version,
    /** Absent once the order was removed: the stats then hold nothing of it. */
    contribution: Contribution.optional(),
  })
  .superRefine((tally, ctx) => checkKey(tally, tallyKey(tally.orderId), ctx));
export type TallyItem = z.infer<typeof TallyItem>;
