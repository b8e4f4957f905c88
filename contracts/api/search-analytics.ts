import * as z from 'zod';
import { Day } from '../ids.ts';
import { OrderStatus } from '../items/order-status.ts';
import { Currency } from '../money.ts';
import { indexMember } from './index-freshness.ts';

/** What orders are put together by. */
export const AnalyticsGrouping = z.enum(['day', 'category', 'region']);
export type AnalyticsGrouping = z.infer<typeof AnalyticsGrouping>;

const DayOfSpan = Day.refine((day) => Date.parse(day) >= 0, 'must not be before 1970');

/** `GET /search/analytics`. Both days belong to the span, which is 366 days long at most; without them it is the last 30 days. */
export const SearchAnalyticsQuery = z.object({
  from: DayOfSpan.optional(),
  to: DayOfSpan.optional(),
  by: AnalyticsGrouping.default('day'),
});
export type SearchAnalyticsQuery = z.infer<typeof SearchAnalyticsQuery>;

/** Money of one currency, in its minor unit. Amounts of different currencies are never added. */
export const Revenue = z.object({ currency: Currency, amount: z.int().nonnegative() });
export type Revenue = z.infer<typeof Revenue>;

const figures = {
  orders: z.int().nonnegative(),
  units: z.int().nonnegative(),
  revenue: z.array(Revenue),
};

/** The figures of the orders that are of one status now. */
export const StatusFigures = z.object({ status: OrderStatus, ...figures });
export type StatusFigures = z.infer<typeof StatusFigures>;

/** The figures of orders that are sold, neither cancelled nor rejected; and of each status that occurs, those two as well. */
export const OrderFigures = z.object({ ...figures, byStatus: z.array(StatusFigures) });
export type OrderFigures = z.infer<typeof OrderFigures>;

/** The figures of one day, category or region. */
export const AnalyticsBucket = z.object({
  /** Absent for orders that name no region. */
  key: z.string().optional(),
  ...OrderFigures.shape,
});
export type AnalyticsBucket = z.infer<typeof AnalyticsBucket>;

/**
 * Orders, units and revenue of a span of days. An order belongs to the UTC day on which it was placed, and to each category
 * that one of its lines is of, with the units and amounts of those lines. So orders by category can be more than in total.
 */
export const SearchAnalyticsResult = z.object({
  from: Day,
  to: Day,
  by: AnalyticsGrouping,
  totals: OrderFigures,
  /** In the order of their keys; none where there is no order. */
  buckets: z.array(AnalyticsBucket),
  ...indexMember,
});
export type SearchAnalyticsResult = z.infer<typeof SearchAnalyticsResult>;
