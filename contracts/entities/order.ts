import * as z from 'zod';
import { OrderId, Sku, UserId } from '../ids.ts';
import { Currency, MinorUnits, QUANTITY_MAX, Quantity } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { parse } from '../reading.ts';
import { line } from '../text.ts';
import { checkDerived, checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('Order', 'USER#{userId}', 'ORDER#{orderId}', { userId: UserId, orderId: OrderId });
export const orderKey = (userId: UserId, orderId: OrderId): ItemKey => key.of({ userId, orderId });
/** The sort-key prefix of a user's orders: `begins_with(sk, ORDER#)`, newest first when read backwards. */
export const ORDER_SORT_KEY_PREFIX = key.sk.prefix;

/** GSI1's partition key: all orders of one status. */
export const statusPartition = (status: OrderStatus): string => `STATUS#${status}`;
const TOTAL_DIGITS = 16;
/** LSI1's sort key: the order's total in minor units, zero-padded so that it sorts as a number. */
export const totalSortKey = (total: number): string => String(total).padStart(TOTAL_DIGITS, '0');

/** The most lines that one order may have: its reservation and all of its skus fit one transaction of 100 actions. */
export const ORDER_LINES_MAX = 50;

/** The most pieces that one order may have, over all of its lines. */
export const ORDER_UNITS_MAX = ORDER_LINES_MAX * QUANTITY_MAX;

/** One line of an order, as it was priced when the order was placed. */
export const OrderLine = z.object({
  sku: Sku,
  name: line(300),
  category: line(100),
  quantity: Quantity,
  /** The price of the complete line, after any discount. */
  amount: MinorUnits,
});
export type OrderLine = z.infer<typeof OrderLine>;

/** Whom the order goes to. Personal data. */
export const shipToFields = {
  name: line(200),
  city: line(100),
  state: line(100).optional(),
  postalCode: line(20).optional(),
  region: line(100).optional(),
  country: line(100),
};
export const ShipTo = z.object(shipToFields);
export type ShipTo = z.infer<typeof ShipTo>;

/** An order: `USER#userId` / `ORDER#orderId`, on GSI1 by status and on LSI1 by total. */
export const OrderItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Order'),
    orderId: OrderId,
    userId: UserId,
    status: OrderStatus,
    lines: z.array(OrderLine).min(1).max(ORDER_LINES_MAX),
    total: MinorUnits,
    currency: Currency,
    shipTo: ShipTo,
    /** The id that an imported order has in the system it came from. */
    sourceId: line(100).optional(),
    GSI1PK: z.string(),
    GSI1SK: z.string(),
    LSI1SK: z.string(),
  })
  .superRefine((order, ctx) => {
    checkKey(order, orderKey(order.userId, order.orderId), ctx);
    checkDerived('GSI1PK', order.GSI1PK, statusPartition(order.status), ctx);
    checkDerived('GSI1SK', order.GSI1SK, order.createdAt, ctx);
    checkDerived('LSI1SK', order.LSI1SK, totalSortKey(order.total), ctx);
    checkDerived('total', order.total, sumOfAmounts(order.lines), ctx);
  });
export type OrderItem = z.infer<typeof OrderItem>;

export const orderEntity = {
  key,
  item: OrderItem,
  writtenBy: ['api'],
  readBy: ['order-events', 'search-index'],
} as const satisfies Entity;

/** The sum of the lines' amounts, in minor units. @throws InvalidValueError when it is larger than an amount can be. */
export function orderTotal(lines: readonly Pick<OrderLine, 'amount'>[]): MinorUnits {
  return parse(MinorUnits, sumOfAmounts(lines));
}

/** The sum of the lines' amounts, also where it is too large for an amount: a schema that checks a total must not throw. */
export function sumOfAmounts(lines: readonly { readonly amount: number }[]): number {
  return lines.reduce((sum, line) => sum + line.amount, 0);
}

/** How many pieces an order has, over all of its lines. */
export function orderUnits(lines: readonly Pick<OrderLine, 'quantity'>[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}
