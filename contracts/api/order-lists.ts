import * as z from 'zod';
import { Day } from '../ids.ts';
import { OrderStatus } from '../items/order-status.ts';
import { ConsistencyQuery } from './consistency.ts';
import { OrderView } from './orders.ts';
import { nextPage, pageQuery } from './paging.ts';

/** `GET /users/{userId}/orders`. */
export const ListOrdersQuery = z.object({
  ...pageQuery,
  status: OrderStatus.optional(),
  ...ConsistencyQuery.shape,
});
export type ListOrdersQuery = z.infer<typeof ListOrdersQuery>;

/** `GET /users/{userId}/largest-orders`. */
export const ListLargestOrdersQuery = z.object(pageQuery);
export type ListLargestOrdersQuery = z.infer<typeof ListLargestOrdersQuery>;

/** One end of a span of time: a whole day in UTC, `yyyy-mm-dd`, or an instant. */
export const DayOrInstant = z
  .union([Day, z.iso.datetime()], 'must be a day, yyyy-mm-dd, or an instant in UTC, yyyy-mm-ddThh:mm:ssZ')
  .refine((moment) => Date.parse(moment) >= 0, 'must not be before 1970');

/** `GET /orders`. Both ends belong to the span; without them it is the last 7 days. */
export const ListOrdersByStatusQuery = z.object({
  ...pageQuery,
  status: OrderStatus,
  from: DayOrInstant.optional(),
  to: DayOrInstant.optional(),
});
export type ListOrdersByStatusQuery = z.infer<typeof ListOrdersByStatusQuery>;

/** A page of a list of orders. It can be short and still have a next one. */
export const OrderPage = z.object({ orders: z.array(OrderView), ...nextPage });
export type OrderPage = z.infer<typeof OrderPage>;
