import * as z from 'zod';
import {
  CauseId,
  DeadLetterAttempt,
  DeadLetterId,
  DeadLetterIssue,
  DeadLetterState,
} from '../api/dead-letters.ts';
import { ActivityEntry, VerificationRun } from '../api/status.ts';
import type { ItemKey } from '../entities/entity.ts';
import { Instant, OrderId, Version } from '../ids.ts';
import { OrderStatus } from '../order-status.ts';
import { FieldIssue, ISSUES_MAX } from '../reading.ts';
import { ConsumerName } from '../stream.ts';

/** Over how many partitions of the index `open` the dead letters of a consumer are spread. */
export const OPEN_PARTITIONS = 4;
/** The longest that a queue keeps a dead letter, in seconds: `MessageRetentionPeriod` in infra/template.yaml. What is known of it is kept as long. */
export const DEAD_LETTER_TTL_SECONDS = 1_209_600;
/** How many attempts an item keeps: the first one and the last ones. */
export const KEPT_ATTEMPTS_MAX = 50;

const keys = { pk: z.string(), sk: z.string() };
/** Epoch seconds. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html. */
const ttl = z.int().positive();

/**
 * What is known of a dead letter: `DEAD_LETTER#id` / `DEAD_LETTER`. Never the images of its records, which only its message has.
 *
 * The index `open` (`openPk`, `openSk`) holds those on a queue, by consumer and by the time of the last failure, and, in partitions of
 * their own, those that have ended, by the time of their end. An item that is `unqueued` is not in it. The index `ofItem` (`itemPk`,
 * `itemSk`) holds all of an item of the table.
 */
export const DeadLetterItem = z.object({
  ...keys,
  entityType: z.literal('DeadLetter'),
  id: DeadLetterId,
  consumer: ConsumerName,
  /** `unqueued` from before its message is sent until the queue has accepted it. */
  state: z.union([DeadLetterState, z.literal('unqueued')]),
  kind: z.enum(['record', 'batch', 'pointers', 'test-event', 'unreadable']),
  reason: z.object({
    code: z.string(),
    message: z.string(),
    issues: z.array(DeadLetterIssue).max(ISSUES_MAX),
  }),
  causeId: CauseId,
  entity: z.string(),
  key: z.object(keys).optional(),
  eventId: z.string().optional(),
  eventName: z.string().optional(),
  records: z.int().nonnegative(),
  /** How often its records failed; the list is shorter where there were many. */
  attempts: z.int().positive(),
  history: z.array(DeadLetterAttempt).max(KEPT_ATTEMPTS_MAX),
  firstSeenAt: Instant,
  failedAt: Instant,
  /** The batch that Lambda gave up, if its record came from one. */
  batch: DeadLetterId.optional(),
  /** 1 more with each write: a writer changes only what it has read. */
  revision: z.int().positive(),
  /** {@link openPartition} and `failedAt#id`, or {@link endedPartition} and the time of its end with its id; absent while it is `unqueued`. */
  openPk: z.string().optional(),
  openSk: z.string().optional(),
  /** `pk sk` of its item, or a hash where that is too long for a key, and `failedAt#id`; absent where it names none. */
  itemPk: z.string().optional(),
  itemSk: z.string().optional(),
  ttl,
});
export type DeadLetterItem = z.infer<typeof DeadLetterItem>;
export const deadLetterItemKey = (id: DeadLetterId): ItemKey => ({
  pk: `DEAD_LETTER#${id}`,
  sk: 'DEAD_LETTER',
});
/** The partition of the index `open` for a dead letter that is on a queue. */
export const openPartition = (consumer: ConsumerName, n: number): string => `OPEN#${consumer}#${n}`;
/** The partition of the same index for one that has ended, so that no list or count of the open ones reads it. */
export const endedPartition = (consumer: ConsumerName, n: number): string => `ENDED#${consumer}#${n}`;

/** One action of an operator: `ACTIVITY#month` / `instant#id`. */
export const ActivityItem = ActivityEntry.extend({
  ...keys,
  entityType: z.literal('Activity'),
  /** What the requests of one action did together, each by its name. */
  counts: z.record(z.string(), z.int()).optional(),
  ttl,
});
export type ActivityItem = z.infer<typeof ActivityItem>;
/** The partition of the actions of an instant's month: few enough for one, and few partitions for a page of the log. */
export const activityPartition = (at: Instant): string => `ACTIVITY#${at.slice(0, 'yyyy-mm'.length)}`;
/** How long the activity log is kept, in seconds. */
export const ACTIVITY_TTL_SECONDS = 90 * 86_400;

/**
 * What blocks a shard or a lane of one: the first record of a batch that fails. `FAILURE#consumer` / `eventId`. Written at each attempt; a later
 * attempt deletes it, or it is left to its ttl. `lastAt` is the time of the last attempt.
 */
export const FailureItem = z.object({
  ...keys,
  entityType: z.literal('Failure'),
  consumer: ConsumerName,
  eventId: z.string(),
  reason: z.object({ code: z.string(), message: z.string(), issues: z.array(FieldIssue).max(ISSUES_MAX) }),
  since: Instant,
  lastAt: Instant,
  attempt: z.int().positive(),
  /** How many records of the batch failed. */
  records: z.int().positive(),
  /** When the record was written to the table. */
  recordAt: Instant.optional(),
  key: z.object(keys).optional(),
  ttl,
});
export type FailureItem = z.infer<typeof FailureItem>;
export const failureKey = (consumer: ConsumerName, eventId: string): ItemKey => ({
  pk: `FAILURE#${consumer}`,
  sk: eventId,
});

/** An event that the topic has accepted: `ORDER#orderId` / `EVENT#event id`. */
export const PublicationItem = z.object({
  ...keys,
  entityType: z.literal('Publication'),
  orderId: OrderId,
  orderVersion: Version,
  /** The id that SNS gave to the message. */
  messageId: z.string(),
  publishedAt: Instant,
  /** The event's own time; absent from items of older releases, as `data` is. */
  time: Instant.optional(),
  /** What the event's data has that the order has no longer: its status then, and what its type has beside the order. */
  data: z.looseObject({ status: OrderStatus }).optional(),
  ttl: ttl.optional(),
});
export type PublicationItem = z.infer<typeof PublicationItem>;
export const publicationKey = (orderId: OrderId, notificationId: string): ItemKey => ({
  pk: `ORDER#${orderId}`,
  sk: `EVENT#${notificationId}`,
});

/** The most orders that a backfill leaves for later. */
export const BACKFILL_PENDING_MAX = 1_000;

/** An order that a backfill leaves for later: the event of its current version is not recorded yet, or its item is malformed. */
export const PendingOrder = z.object({ ...keys, why: z.enum(['unpublished', 'malformed']) });
export type PendingOrder = z.infer<typeof PendingOrder>;

/** What a backfill did so far, over all its runs. Orders and events that a run repeats count again. */
export const BackfillCounts = z.object({
  /** Items of any type that were read. */
  items: z.int().nonnegative(),
  /** Orders whose events were sent, or have none that matches. */
  orders: z.int().nonnegative(),
  /** Events that the queue accepted. */
  sent: z.int().nonnegative(),
  /** Events that the filters leave out. */
  filtered: z.int().nonnegative(),
  /** Orders of which some events are recorded without their data, or are no longer known. The known ones are sent. */
  partial: z.int().nonnegative(),
  /** Orders of which no event is recorded with its data: one event of their current version stands for all. */
  currentOnly: z.int().nonnegative(),
  /** Orders that were deleted while the backfill ran. */
  removed: z.int().nonnegative(),
});
export type BackfillCounts = z.infer<typeof BackfillCounts>;

/** How far the backfill of a queue is: `BACKFILL#queue's ARN` / `FILTERS#hash`. Everything before `next` was accepted by the queue, or is `pending`. */
export const BackfillItem = z.object({
  ...keys,
  entityType: z.literal('Backfill'),
  startedAt: Instant,
  updatedAt: Instant,
  /** The instant of `--since`, as the first run understood it. */
  since: Instant.optional(),
  /** Where the scan of the table continues; absent before its first page and after its last. */
  next: z.object(keys).optional(),
  isScanned: z.boolean(),
  /** The orders that the scan has passed and that come later. */
  pending: z.array(PendingOrder).max(BACKFILL_PENDING_MAX),
  counts: BackfillCounts,
  ttl,
});
export type BackfillItem = z.infer<typeof BackfillItem>;
export const backfillKey = (queueArn: string, filtersHash: string): ItemKey => ({
  pk: `BACKFILL#${queueArn}`,
  sk: `FILTERS#${filtersHash}`,
});
/** How long the checkpoint of an unfinished backfill is kept, in seconds. */
export const BACKFILL_TTL_SECONDS = 30 * 86_400;

/** What a run of `ops verify` found: `VERIFICATION` / `instant#id`. An operator runs it now and then, so that one partition is enough. */
export const VerificationItem = VerificationRun.extend({
  ...keys,
  entityType: z.literal('Verification'),
  ttl,
});
export type VerificationItem = z.infer<typeof VerificationItem>;
export const VERIFICATION_PARTITION = 'VERIFICATION';
/** How long the results of `verify` are kept, in seconds. */
export const VERIFICATION_TTL_SECONDS = 90 * 86_400;

/** Who acts as a consumer or the automatic replay in a dead letter's history. */
export const AUTOMATIC_REPLAY = 'automatic-replay';
