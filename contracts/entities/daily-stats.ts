import * as z from 'zod';
import { Day } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { OrderStatus } from '../order-status.ts';
import { checkDerived, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

/** A day, which is its first part, or a further part of it: `2026-03-01`, `2026-03-01#7`. */
const StatsPart = z.string().regex(/^\d{4}-\d{2}-\d{2}(?:#[1-9]\d{0,2})?$/);
const key = entityKey('DailyStats', 'STATS#{part}', 'ORDERS', { part: StatsPart });

/** The key of a part of the stats of a day, from 0 to below STATS_PARTS_MAX. */
export const dailyStatsKey = (day: Day, part = 0): ItemKey =>
  key.of({ part: part === 0 ? day : `${day}#${part}` });

const dayOf = (stats: ItemKey): string | undefined => key.read(stats)?.part.split('#', 1)[0];

/**
 * Orders, units and revenue of one day by status, in parts: `STATS#yyyy-mm-dd` and `STATS#yyyy-mm-dd#n` / `ORDERS`. A day's
 * stats are the sum of its parts, so a writer adds to any of them and need not wait for another. The counters are attributes of
 * their own, named by the functions below, since `ADD` creates a top-level attribute that does not exist yet.
 */
export const DailyStatsItem = z
  .object({ ...itemAttributes, entityType: z.literal('DailyStats'), day: Day })
  .catchall(z.int())
  .superRefine((stats, ctx) => checkDerived('pk', dayOf(stats), stats.day, ctx));
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
