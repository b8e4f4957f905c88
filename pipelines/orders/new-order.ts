import {
  type OrderItem,
  type OrderLine,
  orderKey,
  orderTotal,
  type ShipTo,
  statusKey,
  totalSortKey,
} from '../../contracts/entities/order.ts';
import type { Instant, OrderId, UserId, Version } from '../../contracts/ids.ts';
import type { Currency } from '../../contracts/money.ts';

/** What a new order is made of. */
export interface NewOrder {
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly lines: readonly OrderLine[];
  readonly currency: Currency;
  readonly shipTo: ShipTo;
  readonly sourceId?: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly version: Version;
}

/**
 * The item of an order that has just been placed, with its total and all of its index keys.
 *
 * @param statusPartitions How many partitions of GSI1 the orders of a status are spread over.
 */
export function newOrder(order: NewOrder, statusPartitions: number): OrderItem {
  const total = orderTotal(order.lines);
  const status = 'placed';
  return {
    ...order,
    ...orderKey(order.userId, order.orderId),
    entityType: 'Order',
    status,
    lines: [...order.lines],
    total,
    ...statusKey({ ...order, status }, statusPartitions),
    LSI1SK: totalSortKey(total),
  };
}
