import * as z from 'zod';
import { ReservationState } from '../entities/reservation.ts';
import { NotificationType } from '../events/order-notification.ts';
import { Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { OrderStatus } from '../order-status.ts';
import { FieldIssue } from '../reading.ts';
import { ConsumerName } from '../stream.ts';
import type { Operation } from './operation.ts';
import { OrderView } from './orders.ts';
import { statusOperations } from './status.ts';

/** `GET /ops/dead-letters`. */
export const ListDeadLettersQuery = z.object({ consumer: ConsumerName.optional() });
export type ListDeadLettersQuery = z.infer<typeof ListDeadLettersQuery>;

/** The id of a message on a queue. */
export const MessageId = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "must be a message's id");

/** The parameters of the path of a dead letter. */
export const deadLetterPath = { consumer: ConsumerName, messageId: MessageId };

/** What a dead letter is, without what is in it. */
export const DeadLetterSummary = z.object({
  messageId: z.string(),
  consumer: ConsumerName,
  kind: z.enum(['record', 'batch', 'pointers', 'test-event', 'unreadable']),
  reason: z.string(),
  entities: z.array(z.string()),
  records: z.int().nonnegative(),
  attempts: z.int().positive(),
  /** How often the message was received; each listing counts too. */
  receives: z.int().nonnegative(),
  firstSeenAt: z.string(),
  failedAt: z.string().optional(),
});
export type DeadLetterSummary = z.infer<typeof DeadLetterSummary>;

/** The dead letters on the queues; `isCutShort` where they may hold more. */
export const DeadLetterList = z.object({ deadLetters: z.array(DeadLetterSummary), isCutShort: z.boolean() });
export type DeadLetterList = z.infer<typeof DeadLetterList>;

/** One record of a dead letter. Holds personal data. */
export const DeadLetterRecord = z.object({
  from: z.string(),
  key: z.object({ pk: z.string(), sk: z.string() }).optional(),
  eventName: z.string().optional(),
  oldImage: z.unknown().optional(),
  newImage: z.unknown().optional(),
  /** What the table holds under the key now. */
  current: z.unknown().optional(),
});
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>;

/** `GET /ops/dead-letters/{consumer}/{messageId}`. */
export const DeadLetterView = z.object({
  summary: DeadLetterSummary,
  reason: z.object({ code: z.string(), message: z.string(), issues: z.array(FieldIssue) }).optional(),
  records: z.array(DeadLetterRecord),
  /** How many records it has beyond those. */
  recordsRemaining: z.int().nonnegative(),
  /** Whether the stream has trimmed some, of which a replay takes what the table has. */
  isTrimmed: z.boolean(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** `POST /ops/dead-letters/{consumer}/{messageId}/replay`. What fails again is a new dead letter. */
export const DeadLetterReplay = z.object({
  outcome: z.enum(['replayed', 'item-deleted', 'ignored', 'failed', 'unreadable', 'interrupted', 'parked']),
  records: z.object({ replayed: z.int(), itemDeleted: z.int(), failed: z.int() }),
  /** Why it failed again. */
  code: z.string().optional(),
});
export type DeadLetterReplay = z.infer<typeof DeadLetterReplay>;

/** How far behind a mapping is; of one shard where that is known. */
export const MappingLag = z.object({
  mapping: z.string(),
  shardId: z.string().optional(),
  state: z.string().optional(),
  recordsWaiting: z.int().nonnegative().optional(),
  /** Absent where nothing was read within the last minutes. */
  secondsBehind: z.int().nonnegative().optional(),
  retries: z.int().nonnegative().optional(),
});
export type MappingLag = z.infer<typeof MappingLag>;

/** How many records of one type a consumer handled in each period: records a second. */
export const ThroughputSeries = z.object({
  consumer: z.string(),
  eventType: z.string(),
  perSecond: z.array(z.number().nonnegative()),
});
export type ThroughputSeries = z.infer<typeof ThroughputSeries>;

/** `GET /ops/throughput`: the records that each consumer handles in a second, and the lag. */
export const Throughput = z.object({
  lags: z.array(MappingLag),
  /** When the first period began; all series have the same periods. */
  from: Instant,
  periodSeconds: z.int().positive(),
  series: z.array(ThroughputSeries),
});
export type Throughput = z.infer<typeof Throughput>;

/** One version of an order, and the notification that subscribers got of it. */
export const TimelineVersion = z.object({
  version: Version,
  at: Instant,
  /** Absent where this version removed the order. */
  status: OrderStatus.optional(),
  /** Absent where subscribers need not know of it. */
  notification: z.object({ id: z.string(), type: NotificationType }).optional(),
  /** Whether order-events has counted it; what it has not counted it may not have announced either. */
  isCounted: z.boolean(),
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

/** `GET /ops/orders/{userId}/{orderId}/timeline`: everything that the system holds of an order. */
export const OrderTimeline = z.object({
  /** Absent once it was removed. */
  order: OrderView.optional(),
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
});
export type OrderTimeline = z.infer<typeof OrderTimeline>;

const orderPath = z.object({ userId: UserId, orderId: OrderId });

export const operatorOperations = [
  ...statusOperations,
  {
    id: 'getOrderTimeline',
    method: 'GET',
    path: '/ops/orders/{userId}/{orderId}/timeline',
    summary: 'Shows the versions, notifications, reservation and document of an order',
    access: 'operatorOnly',
    parameters: { path: orderPath },
    success: { status: 200, description: 'The timeline of the order', body: OrderTimeline },
    refusals: [404],
  },
  {
    id: 'getThroughput',
    method: 'GET',
    path: '/ops/throughput',
    summary: 'Shows the records a second and the lag of each consumer',
    access: 'operatorOnly',
    success: { status: 200, description: 'The throughput', body: Throughput },
  },
  {
    id: 'listDeadLetters',
    method: 'GET',
    path: '/ops/dead-letters',
    summary: 'Lists the dead letters of the consumers; this counts as a receive of each',
    access: 'operatorOnly',
    parameters: { query: ListDeadLettersQuery },
    success: { status: 200, description: 'The dead letters', body: DeadLetterList },
  },
  {
    id: 'getDeadLetter',
    method: 'GET',
    path: '/ops/dead-letters/{consumer}/{messageId}',
    summary: 'Shows a dead letter, its records and the current state',
    access: 'operatorOnly',
    parameters: { path: z.object(deadLetterPath) },
    success: { status: 200, description: 'The dead letter', body: DeadLetterView },
    refusals: [404],
  },
  {
    id: 'replayDeadLetter',
    method: 'POST',
    path: '/ops/dead-letters/{consumer}/{messageId}/replay',
    summary: 'Replays a dead letter and deletes it when it succeeds',
    access: 'operatorOnly',
    parameters: { path: z.object(deadLetterPath) },
    success: { status: 200, description: 'The outcome of the replay', body: DeadLetterReplay },
    refusals: [404],
  },
] as const satisfies readonly Operation[];
