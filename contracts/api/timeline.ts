import * as z from 'zod';
import { ReservationState } from '../entities/reservation.ts';
import { NotificationType } from '../events/order-notification.ts';
import { PublisherName } from '../events/publishers.ts';
import { Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { SuppressionReason } from '../order-mails/mail-entry.ts';
import { OrderStatus } from '../order-status.ts';
import { FieldIssue } from '../reading.ts';
import { DeadLetterId, DeadLetterSummary } from './dead-letters.ts';
import type { Operation } from './operation.ts';
import { OrderView } from './orders.ts';

/** Why a mail is not sent: `no-recipient` where the user has no address. */
const UnsentReason = z.enum([...SuppressionReason.options, 'no-recipient']);

/**
 * An effect of a version: `done`, `pending` (not yet, and nothing failed), `retrying` with the attempt and the error, `dead-lettered`
 * with the dead letter, `suppressed` where a mail must not be sent, `none` where the version has no such effect, `unknown` where it cannot be known now or is older than what is kept.
 */
export const Effect = z.discriminatedUnion('state', [
  z.object({ state: z.literal('done'), at: Instant.optional(), detail: z.string().optional() }),
  z.object({ state: z.literal('pending') }),
  z.object({
    state: z.literal('retrying'),
    since: Instant,
    attempt: z.int().positive(),
    code: z.string(),
    message: z.string(),
    /** Then it becomes a dead letter. */
    until: Instant.optional(),
  }),
  z.object({ state: z.literal('dead-lettered'), id: DeadLetterId }),
  z.object({ state: z.literal('suppressed'), reason: UnsentReason }),
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('unknown') }),
]);
export type Effect = z.infer<typeof Effect>;

/** An event that a version causes. */
export const TimelineEvent = z.object({
  publisher: PublisherName,
  id: z.string(),
  type: NotificationType,
  /** The id that SNS gave to its message. */
  messageId: z.string().optional(),
  /** Done once the topic has accepted it, and no sooner. */
  publication: Effect,
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

/** One version of an order by its effects. */
export const TimelineVersion = z.object({
  version: Version,
  at: Instant,
  /** Absent where this version removed the order. */
  status: OrderStatus.optional(),
  /** At most one of each publisher; none where subscribers need not know of the version. */
  events: z.array(TimelineEvent),
  stock: Effect,
  stats: Effect,
  search: Effect,
  /** The mail to the user, as the mailbox has it; `none` where mails are off, none reports the version, or its status was mailed before. */
  mail: Effect,
});
export type TimelineVersion = z.infer<typeof TimelineVersion>;

/** What the search index holds of an order; `unknown` while OpenSearch does not respond. */
export const TimelineDocument = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('indexed'),
    version: z.int().positive(),
    source: z.record(z.string(), z.unknown()),
  }),
  z.object({ state: z.literal('absent') }),
  z.object({ state: z.literal('unknown') }),
]);
export type TimelineDocument = z.infer<typeof TimelineDocument>;

/** An item that violates its contract, as it is in the table. Holds personal data. */
export const MalformedItem = z.object({
  item: z.record(z.string(), z.unknown()),
  issues: z.array(FieldIssue),
  /** What a person does about it. */
  remedy: z.string(),
});
export type MalformedItem = z.infer<typeof MalformedItem>;

/** `GET /ops/orders/{userId}/{orderId}/timeline`: everything that the system holds of an order. */
export const OrderTimeline = z.object({
  /** Absent once it was removed, and where it is malformed. */
  order: OrderView.optional(),
  malformed: MalformedItem.optional(),
  /** The oldest first. Of an order with many versions the last ones; none from before they were kept. */
  versions: z.array(TimelineVersion),
  reservation: z
    .object({
      state: ReservationState,
      orderVersion: Version,
      updatedAt: Instant,
      lines: z.array(z.object({ sku: Sku, quantity: z.int() })),
    })
    .optional(),
  document: TimelineDocument,
  /** Those of this order, the latest first; done ones too, while they are kept. */
  deadLetters: z.array(DeadLetterSummary),
});
export type OrderTimeline = z.infer<typeof OrderTimeline>;

export const timelineOperations = [
  {
    id: 'getOrderTimeline',
    method: 'GET',
    path: '/ops/orders/{userId}/{orderId}/timeline',
    summary:
      'Shows the versions of an order with their effects, its reservation, its document and its dead letters',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { path: z.object({ userId: UserId, orderId: OrderId }) },
    success: { status: 200, description: 'The timeline of the order', body: OrderTimeline },
    refusals: [404],
  },
] as const satisfies readonly Operation[];
