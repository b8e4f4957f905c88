import type { OrderItem } from '../../../contracts/entities/order.ts';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import type { TypeOf } from '../../../contracts/events/publishers.ts';
import type { Instant } from '../../../contracts/ids.ts';
import { instantOf } from '../../clock.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { orderEvent } from './order-event.ts';

type LifecycleType = TypeOf<'order-lifecycle'>;

/**
 * The publisher `order-lifecycle`: the event of the status that a change gives an order, or of its end. `undefined` for a MODIFY that
 * does not change the status. The event of a fixed item has its status and no previous one.
 */
export function lifecycleEvent(change: ChangeOf<'Order'>): OrderNotification | undefined {
  const { version } = change;
  switch (change.kind) {
    case 'INSERT': {
      const { newItem } = change;
      return orderEvent({ type: 'order.placed', version, time: newItem.updatedAt }, newItem);
    }
    case 'MODIFY': {
      const { newItem, oldItem } = change;
      if (newItem.status === oldItem?.status) return undefined;
      const more = oldItem === undefined ? {} : { previousStatus: oldItem.status };
      return orderEvent(
        { type: typeOfStatus(newItem.status), version, time: newItem.updatedAt },
        newItem,
        more,
      );
    }
    case 'REMOVE': {
      const type: LifecycleType = change.expired ? 'order.expired' : 'order.removed';
      return orderEvent({ type, version, time: removalTime(change) }, change.oldItem);
    }
  }
}

/**
 * The type of the event of a changed status. An order only becomes `placed` again when its malformed item is fixed: subscribers may
 * not have had an event of it yet.
 */
export function typeOfStatus(status: OrderItem['status']): LifecycleType {
  if (status === 'placed') return 'order.placed';
  return status === 'rejected' ? 'order.rejected' : 'order.status-changed';
}

// A removal has no image with its own time, and the clock's would differ from delivery to delivery.
const removalTime = (change: ChangeOf<'Order'> & { kind: 'REMOVE' }): Instant =>
  change.approximateCreationTime === undefined
    ? change.oldItem.updatedAt
    : instantOf(change.approximateCreationTime);
