import {
  type OrderItem,
  type OrderLine,
  orderKey,
  orderTotal,
  type ShipTo,
  statusPartition,
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

/** The item of an order that has just been placed, with its total and all of its index keys. */
export function newOrder(order: NewOrder): OrderItem {
  const total = orderTotal(order.lines);
  return {
    ...order,
    ...orderKey(order.userId, order.orderId),
    entityType: 'Order',
    status: 'placed',
    lines: [...order.lines],
    total,
    GSI1PK: statusPartition('placed'),
    GSI1SK: order.createdAt,
    LSI1SK: totalSortKey(total),
  };
}
