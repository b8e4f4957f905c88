import * as z from 'zod';
import { Instant } from '../ids.ts';
import { FieldIssue } from '../reading.ts';
import { ConsumerName } from '../stream.ts';

/** Where attempts stop being counted. */
export const COUNTED_ATTEMPTS_MAX = 1_000_000;

/** Where a payload lies that is too large for a queue message. */
export const PayloadLocation = z.object({ bucket: z.string().min(1), key: z.string().min(1) });
export type PayloadLocation = z.infer<typeof PayloadLocation>;

const deadLetterAttributes = {
  schema: z.literal('order-stream/dead-letter/1'),
  consumer: ConsumerName,
  reason: z.object({ code: z.string().min(1), message: z.string(), issues: z.array(FieldIssue) }),
  /** 1 when the consumer buried the record, and 1 more for each replay that failed. */
  attempts: z.int().min(1).max(COUNTED_ATTEMPTS_MAX),
  /** When the consumer first buried it; a replay that fails keeps it. */
  firstSeenAt: Instant,
  deadLetteredAt: Instant,
  eventId: z.string(),
  sequenceNumber: z.string(),
};

/**
 * What a consumer puts on its dead-letter queue for a record that can never succeed: the whole record, exactly as
 * Lambda delivered it, or where it lies when it is too large for a message. Holds personal data.
 */
export const ConsumerDeadLetter = z.union([
  z
    .object({ ...deadLetterAttributes, record: z.unknown() })
    .refine((deadLetter) => deadLetter.record !== undefined, 'has no record'),
  z.object({ ...deadLetterAttributes, recordAt: PayloadLocation }),
]);
export type ConsumerDeadLetter = z.infer<typeof ConsumerDeadLetter>;
