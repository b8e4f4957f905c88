import * as z from 'zod';
import type { ItemKey } from '../entities/entity.ts';
import { NotificationType, type OrderNotification } from '../events/order-notification.ts';
import { Instant, OrderId } from '../ids.ts';
import { OrderStatus } from '../order-status.ts';

/** The types of which a user may get a mail: the filter of the mails' subscription in infra/template.yaml lets no others through. */
export const MAILED_TYPES: ReadonlySet<NotificationType> = new Set([
  'order.status-changed',
  'order.rejected',
] as const);

/** As many as a version has, so that the entries of an order sort by it. */
const SEQUENCE_DIGITS = 16;

const entry = {
  eventId: z.string().min(1),
  type: NotificationType,
  orderId: OrderId,
  status: OrderStatus,
  /** When the event happened that the mail reports. */
  happenedAt: Instant,
};

/**
 * Why a mail is not sent: the user's address is not verified, the user has unsubscribed, an earlier mail to the address bounced for good or its
 * owner complained, or the user has had as many mails today as anyone gets.
 */
export const SuppressionReason = z.enum([
  'unverified',
  'unsubscribed',
  'bounced',
  'complained',
  'daily-limit',
]);
export type SuppressionReason = z.infer<typeof SuppressionReason>;

/**
 * A mail in a user's mailbox. It is `sending` from the moment that a message of a queue, `claimedBy`, takes the lease, until
 * `leaseUntil` at most. One that is `sending` after that was abandoned by a crash or an error. `no-recipient`: no recipient
 * was found. `suppressed`: the mail must not be sent, for the `reason`.
 */
export const MailEntry = z.discriminatedUnion('state', [
  z.object({ ...entry, state: z.literal('sending'), claimedBy: z.string(), leaseUntil: Instant }),
  z.object({ ...entry, state: z.literal('sent'), sentAt: Instant, sesMessageId: z.string() }),
  z.object({ ...entry, state: z.literal('no-recipient') }),
  z.object({ ...entry, state: z.literal('suppressed'), reason: SuppressionReason }),
]);
export type MailEntry = z.infer<typeof MailEntry>;

/** Under which keys the mails of an order are: in its user's partition, `sk` is what their sort keys begin with. */
export const orderMailsKey = ({
  userId,
  orderId,
}: Pick<OrderNotification['data'], 'userId' | 'orderId'>): ItemKey => ({
  pk: `USER#${userId}`,
  sk: `ORDER#${orderId}#`,
});

/** The key of the mail of an event: among those of its order, by the order's sequence. */
export const mailEntryKey = ({ id, sequence, data }: OrderNotification): ItemKey => {
  const { pk, sk } = orderMailsKey(data);
  return { pk, sk: `${sk}${sequence.padStart(SEQUENCE_DIGITS, '0')}#${id}` };
};
