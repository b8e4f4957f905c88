import type { OrderItem } from '../../../contracts/entities/order.ts';
import {
  dataSchemaOf,
  type NotificationType,
  notificationId,
  OrderNotification,
} from '../../../contracts/events/order-notification.ts';
import type { Instant, Version } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';

/** The type of an event, the version of the order that it is about, and the time of the change. */
interface EventHead {
  readonly type: NotificationType;
  readonly version: Version;
  readonly time: Instant;
}

/**
 * Makes an event about a version of an order. `more` is what the data of its type has beside the order. A pure function: the same
 * values give the same event, byte for byte.
 *
 * @throws InvalidValueError where the result is no event of that type.
 */
export function orderEvent(
  { type, version, time }: EventHead,
  order: OrderItem,
  more: object = {},
): OrderNotification {
  return parse(OrderNotification, {
    specversion: '1.0',
    id: notificationId(order.orderId, version, type),
    source: '/order-stream/orders',
    type,
    subject: order.orderId,
    time,
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    sequence: String(version),
    data: {
      orderId: order.orderId,
      userId: order.userId,
      status: order.status,
      ...more,
      total: order.total,
      currency: order.currency,
      lines: order.lines.map(({ sku, quantity, amount }) => ({ sku, quantity, amount })),
      placedAt: order.createdAt,
    },
  });
}
