import { isFinal, type OrderStatus } from '../../contracts/order-status.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { MS_PER_DAY } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { ttlOf } from '../dynamodb/expiry.ts';

/** How long orders are kept. */
export const orderRetention = {
  /** Days from an order's last change of status until it expires. 0 or absent: for ever. */
  orderRetentionDays: () => wholeNumber(0),
};
export type OrderRetention = Partial<SettingsOf<typeof orderRetention>>;

/**
 * When an order expires that gets a status now, in epoch seconds; `undefined` while the status can change, and where orders
 * are kept for ever. DynamoDB deletes it within days after that.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html.
 */
export function ttlOfStatus(
  status: OrderStatus,
  now: Date,
  { orderRetentionDays = 0 }: OrderRetention,
): number | undefined {
  if (orderRetentionDays === 0 || !isFinal(status)) return undefined;
  return ttlOf(instantOf(new Date(now.getTime() + orderRetentionDays * MS_PER_DAY)));
}
