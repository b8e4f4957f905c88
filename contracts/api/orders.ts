import * as z from 'zod';
import { Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { ORDER_LINES_MAX, OrderLine, ShipTo, shipToFields } from '../items/order.ts';
import { OrderStatus } from '../items/order-status.ts';
import { Currency, MinorUnits, Quantity } from '../money.ts';

/** `POST /users/{userId}/orders`. Prices, names and categories come from the catalogue, never from the caller. */
export const CreateOrderBody = z.strictObject({
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .min(1)
    .max(ORDER_LINES_MAX),
  shipTo: z.strictObject(shipToFields),
});
export type CreateOrderBody = z.infer<typeof CreateOrderBody>;

/** `PATCH /users/{userId}/orders/{orderId}`. Only the system itself rejects an order. */
export const ChangeOrderStatusBody = z.strictObject({ status: OrderStatus.exclude(['placed', 'rejected']) });
export type ChangeOrderStatusBody = z.infer<typeof ChangeOrderStatusBody>;

/** An order as the API shows it. */
export const OrderView = z.object({
  orderId: OrderId,
  userId: UserId,
  status: OrderStatus,
  lines: z.array(OrderLine),
  total: MinorUnits,
  currency: Currency,
  shipTo: ShipTo,
  sourceId: z.string().optional(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type OrderView = z.infer<typeof OrderView>;
