import * as z from 'zod';
import { FieldIssue } from '../dead-letters/consumer-dead-letter.ts';
import { ConsumerName } from '../stream.ts';

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
  /** How often the message was received; looking at it counts too. */
  receives: z.int().nonnegative(),
  firstSeenAt: z.string(),
  failedAt: z.string().optional(),
});
export type DeadLetterSummary = z.infer<typeof DeadLetterSummary>;

/** What was seen of the queues; `isCutShort` where they may hold more. */
export const DeadLetterList = z.object({ letters: z.array(DeadLetterSummary), isCutShort: z.boolean() });
export type DeadLetterList = z.infer<typeof DeadLetterList>;

/** One record of a dead letter. Holds personal data. */
export const DeadLetterRecord = z.object({
  from: z.string(),
  key: z.object({ pk: z.string(), sk: z.string() }).optional(),
  eventName: z.string().optional(),
  oldImage: z.unknown().optional(),
  newImage: z.unknown().optional(),
  /** What the table holds under the key now. */
  present: z.unknown().optional(),
});
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>;

/** `GET /ops/dead-letters/{consumer}/{messageId}`. */
export const DeadLetterView = z.object({
  summary: DeadLetterSummary,
  reason: z.object({ code: z.string(), message: z.string(), issues: z.array(FieldIssue) }).optional(),
  records: z.array(DeadLetterRecord),
  /** How many records it has beyond those. */
  recordsLeft: z.int().nonnegative(),
  /** Whether the stream has trimmed some, of which a replay takes what the table has. */
  isTrimmed: z.boolean(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** `POST /ops/dead-letters/{consumer}/{messageId}/replay`. What fails again is a new letter. */
export const DeadLetterReplay = z.object({
  outcome: z.enum(['replayed', 'gone', 'dropped', 'failed', 'unreadable', 'interrupted', 'parked']),
  records: z.object({ replayed: z.int(), gone: z.int(), failed: z.int() }),
  /** Why it failed again. */
  code: z.string().optional(),
});
export type DeadLetterReplay = z.infer<typeof DeadLetterReplay>;
