import * as z from 'zod';
import { Day } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { OrderStatus } from '../order-status.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('DailyStats', 'STATS#{day}', 'ORDERS', { day: Day });
export const dailyStatsKey = (day: Day): ItemKey => key.of({ day });

/**
 * Orders, units and revenue of one day by status: `STATS#yyyy-mm-dd` / `ORDERS`. The counters are attributes of their
 * own, named by the functions below, since `ADD` creates a top-level attribute that does not exist yet.
 */
export const DailyStatsItem = z
  .object({ ...itemAttributes, entityType: z.literal('DailyStats'), day: Day })
  .catchall(z.int())
  .superRefine((stats, ctx) => checkKey(stats, dailyStatsKey(stats.day), ctx));
export type DailyStatsItem = z.infer<typeof DailyStatsItem>;

export const dailyStatsEntity = {
  key,
  item: DailyStatsItem,
  writtenBy: ['order-events'],
  readBy: [],
} as const satisfies Entity;

export const ordersCounter = (status: OrderStatus): string => `orders_${status}`;
export const unitsCounter = (status: OrderStatus): string => `units_${status}`;
export const revenueCounter = (status: OrderStatus, currency: Currency): string =>
  `revenue_${status}_${currency}`;
