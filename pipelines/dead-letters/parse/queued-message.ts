import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { ConsumerName } from '../../../contracts/stream.ts';

/**
 * The message attributes. Our messages have these values in the body; a message of Lambda or S3 whose replay failed,
 * or that is parked, has them as attributes, so that its body stays unchanged.
 */
export interface MessageNotes {
  readonly consumer?: ConsumerName | undefined;
  /** How often its records were attempted and failed; 1 when Lambda discarded them. */
  readonly attempts?: number | undefined;
  readonly failedAt?: Instant | undefined;
  /** The event id of the first record of a batch that is not done: a replay goes on there. */
  readonly nextRecord?: string | undefined;
}

/** A message as it was received. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly sentAt: Date;
  /** How often it was received, this time included; a list counts too. */
  readonly receives: number;
  readonly notes: MessageNotes;
}

/** An event id has 32 characters. */
const EVENT_ID_LENGTH_MAX = 200;
const Attributes = z.object({
  consumer: z.object({ StringValue: ConsumerName }).optional().catch(undefined),
  attempts: z
    .object({ StringValue: z.coerce.number().pipe(z.int().min(1)) })
    .optional()
    .catch(undefined),
  failedAt: z.object({ StringValue: Instant }).optional().catch(undefined),
  nextRecord: z
    .object({ StringValue: z.string().min(1).max(EVENT_ID_LENGTH_MAX) })
    .optional()
    .catch(undefined),
});

/** Reads a message of SQS's response. */
export function queuedMessage(message: Message): QueuedMessage {
  const notes = parse(Attributes, message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    sentAt: dateOf(message.Attributes?.SentTimestamp),
    receives: Number(message.Attributes?.ApproximateReceiveCount ?? 0),
    notes: {
      consumer: notes.consumer?.StringValue,
      attempts: notes.attempts?.StringValue,
      failedAt: notes.failedAt?.StringValue,
      nextRecord: notes.nextRecord?.StringValue,
    },
  };
}

/** The epoch where SQS returns no valid time, so that no command fails for it. */
function dateOf(milliseconds: string | undefined): Date {
  const date = new Date(Number(milliseconds ?? 0));
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
