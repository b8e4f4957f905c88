import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { ConsumerName } from '../../../contracts/stream.ts';

/**
 * What a message tells beside its body. Ours say it in the body; a message of Lambda's or S3's that was replayed in vain,
 * or parked, bears it as attributes, so that its body stays as it came.
 */
export interface MessageNotes {
  readonly consumer?: ConsumerName | undefined;
  /** How often its records were tried and failed; 1 when the mapping gave them up. */
  readonly attempts?: number | undefined;
  readonly failedAt?: Instant | undefined;
}

/** A message as it was received. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly sentAt: Date;
  /** How often it was received, this time included; looking at it counts too. */
  readonly receives: number;
  readonly notes: MessageNotes;
}

const Attributes = z.object({
  consumer: z.object({ StringValue: ConsumerName }).optional().catch(undefined),
  attempts: z
    .object({ StringValue: z.coerce.number().pipe(z.int().min(1)) })
    .optional()
    .catch(undefined),
  failedAt: z.object({ StringValue: Instant }).optional().catch(undefined),
});

/** Reads a message of SQS's answer. */
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
    },
  };
}

/** The epoch where SQS says nothing that is a time: nobody shall fail for it. */
function dateOf(milliseconds: string | undefined): Date {
  const date = new Date(Number(milliseconds ?? 0));
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
