import * as z from 'zod';
import { Instant } from '../ids.ts';
import { FieldIssue } from '../reading.ts';
import { ConsumerName } from '../stream.ts';

/** The highest number of attempts that is counted. */
export const COUNTED_ATTEMPTS_MAX = 1_000_000;

/** The keys of the records of a consumer that are too large for a message begin with it. */
export const recordPrefix = (consumer: ConsumerName): string => `records/${consumer}/`;

/** Where a payload is stored that is too large for a queue message. */
export const PayloadLocation = z.object({ bucket: z.string().min(1), key: z.string().min(1) });
export type PayloadLocation = z.infer<typeof PayloadLocation>;

const deadLetterAttributes = {
  schema: z.literal('order-stream/dead-letter/1'),
  consumer: ConsumerName,
  reason: z.object({ code: z.string().min(1), message: z.string(), issues: z.array(FieldIssue) }),
  /** 1 when the consumer sent the record to the dead-letter queue, and 1 more for each replay that failed. */
  attempts: z.int().min(1).max(COUNTED_ATTEMPTS_MAX),
  /** When the consumer first sent it to the dead-letter queue; a replay that fails keeps it. */
  firstSeenAt: Instant,
  deadLetteredAt: Instant,
  eventId: z.string(),
  sequenceNumber: z.string(),
};

/**
 * What a consumer puts on its dead-letter queue for a record that can never succeed: the complete record, exactly as
 * Lambda delivered it, or its location when it is too large for a message. Holds personal data.
 */
export const ConsumerDeadLetter = z.union([
  z
    .object({ ...deadLetterAttributes, record: z.unknown() })
    .refine((deadLetter) => deadLetter.record !== undefined, 'has no record'),
  z.object({ ...deadLetterAttributes, recordAt: PayloadLocation }),
]);
export type ConsumerDeadLetter = z.infer<typeof ConsumerDeadLetter>;
