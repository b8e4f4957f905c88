import type { OrderItem } from '../../../contracts/entities/order.ts';
import {
  dataSchemaOf,
  type NotificationType,
  notificationId,
  OrderNotification,
} from '../../../contracts/events/order-notification.ts';
import type { Instant, Version } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { instantOf } from '../../clock.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';

/**
 * The event of a change of an order, or `undefined` where there is none: for a MODIFY that does not change the status.
 * The event of a fixed item has its status and no previous one. A pure function of the record: the same record delivered again
 * gives the same event, byte for byte.
 */
export function notificationOf(change: ChangeOf<'Order'>): OrderNotification | undefined {
  switch (change.kind) {
    case 'INSERT':
      return event('order.placed', change.newItem, change.version, change.newItem.updatedAt);
    case 'MODIFY': {
      const { newItem, oldItem } = change;
      if (newItem.status === oldItem?.status) return undefined;
      const extra = oldItem === undefined ? {} : { previousStatus: oldItem.status };
      return event(typeOfStatus(newItem.status), newItem, change.version, newItem.updatedAt, extra);
    }
    case 'REMOVE':
      return event(
        change.expired ? 'order.expired' : 'order.removed',
        change.oldItem,
        change.version,
        removalTime(change),
      );
  }
}

/**
 * The type of the event of a changed status. An order only becomes `placed` again when its malformed item is fixed: subscribers may
 * not have had an event of it yet.
 */
export function typeOfStatus(status: OrderItem['status']): NotificationType {
  if (status === 'placed') return 'order.placed';
  return status === 'rejected' ? 'order.rejected' : 'order.status-changed';
}

// A removal has no image with its own time, and the clock's would differ from delivery to delivery.
const removalTime = (change: ChangeOf<'Order'> & { kind: 'REMOVE' }): Instant =>
  change.approximateCreationTime === undefined
    ? change.oldItem.updatedAt
    : instantOf(change.approximateCreationTime);

function event(
  type: NotificationType,
  order: OrderItem,
  version: Version,
  time: Instant,
  extra: object = {},
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
      ...extra,
      total: order.total,
      currency: order.currency,
      lines: order.lines.map(({ sku, quantity, amount }) => ({ sku, quantity, amount })),
      placedAt: order.createdAt,
    },
  });
}
