import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { type SettingsOf, wholeNumber } from '../../../contracts/settings.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { orderEvent } from './order-event.ts';

/** From which total an order is of high value. */
export const highValueSettings = {
  /** In minor units of the order's currency, whichever it is: 1,000,000 is 10,000 euros, and 1,000,000 yen. 0 or absent: no order is. */
  highValueThreshold: () => wholeNumber(0),
};
export type HighValueSettings = Partial<SettingsOf<typeof highValueSettings>>;

/**
 * The publisher `high-value`: the event of an order that comes into being as `placed` with a total of the threshold or more. That is an
 * INSERT, or the change that fixes its malformed item, of which subscribers may not have had an event yet.
 */
export function highValueEvent(
  change: ChangeOf<'Order'>,
  { highValueThreshold: threshold = 0 }: HighValueSettings,
): OrderNotification | undefined {
  const isNew = change.kind === 'INSERT' || (change.kind === 'MODIFY' && change.oldItem === undefined);
  if (!isNew || threshold === 0) return undefined;
  const { newItem, version } = change;
  if (newItem.status !== 'placed' || newItem.total < threshold) return undefined;
  return orderEvent({ type: 'order.high-value', version, time: newItem.updatedAt }, newItem, { threshold });
}
