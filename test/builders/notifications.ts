import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { lifecycleEvent } from '../../pipelines/order-events/notification/order-lifecycle.ts';
import { currentChange } from '../../pipelines/stream/current-state.ts';
import { orderChange, withStatus } from './stream/order-life.ts';
import { modifyOf } from './stream/stream-record.ts';
import { orderItem } from './values/items.ts';

/** The event of an order that changed from `placed` to a status. */
export function notificationOfStatus(
  status: OrderNotification['data']['status'],
  order: Parameters<typeof orderItem>[0] = {},
): OrderNotification {
  const placed = orderItem(order);
  const event = lifecycleEvent(orderChange(modifyOf(placed, withStatus(placed, status))));
  if (event === undefined) throw new RangeError(`An order that is placed does not become ${status}`);
  return event;
}

/** The event of the fix of a malformed order: it reports the order's status, and no previous one. */
export function notificationOfFix(
  status: OrderNotification['data']['status'],
  order: Parameters<typeof orderItem>[0] = {},
): OrderNotification {
  const fixed = withStatus(orderItem(order), status);
  const event = lifecycleEvent(currentChange(fixed));
  if (event === undefined) throw new RangeError(`An order that is ${status} has no event`);
  return event;
}
