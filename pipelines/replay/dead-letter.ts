import type { S3Client } from '@aws-sdk/client-s3';
import type {
  ConsumerDeadLetter,
  PayloadLocation,
} from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../contracts/dead-letters/lambda-on-failure.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { batchPayload } from './batch-payload.ts';
import { bucketObject, PayloadLostError } from './bucket-object.ts';
import { readMessageBody } from './message-body.ts';
import type { QueuedMessage } from './queued-message.ts';

/** A batch that a mapping gave up: with its records, or with pointers to them only. */
export interface GivenUpBatch {
  readonly failure: LambdaOnFailure;
  readonly payload?: { readonly records: readonly unknown[]; readonly from: 'payload' | 'bucket' };
}

/** What a dead letter holds. */
export type Contents =
  | {
      readonly kind: 'record';
      readonly letter: ConsumerDeadLetter;
      readonly record: unknown;
      readonly from: 'payload' | 'bucket';
    }
  | { readonly kind: 'batches'; readonly batches: readonly GivenUpBatch[] }
  | { readonly kind: 'test-event' }
  | { readonly kind: 'unreadable'; readonly issue: string };

/** A message of a dead-letter queue with what it keeps in the bucket. Holds personal data. */
export interface DeadLetter {
  readonly message: QueuedMessage;
  readonly consumer: ConsumerName | undefined;
  readonly contents: Contents;
}

/**
 * Opens a message and fetches what it keeps in the bucket.
 *
 * @param consumer Whose queue the message lies on; `undefined` for a queue of several, whose messages say it.
 * @throws the SDK's own errors when the bucket cannot be read; an object that is gone makes the letter unreadable.
 */
export async function openDeadLetter(
  message: QueuedMessage,
  consumer: ConsumerName | undefined,
  s3: S3Client,
  signal: AbortSignal,
): Promise<DeadLetter> {
  const contents = await contentsOf(message, s3, signal).catch((error: unknown): Contents => {
    if (!(error instanceof PayloadLostError)) throw error;
    return { kind: 'unreadable', issue: error.message };
  });
  const told = contents.kind === 'record' ? contents.letter.consumer : undefined;
  return { message, consumer: consumer ?? message.notes.consumer ?? told, contents };
}

async function contentsOf(message: QueuedMessage, s3: S3Client, signal: AbortSignal): Promise<Contents> {
  const body = readMessageBody(message.body);
  switch (body.kind) {
    case 'letter': {
      const { letter } = body;
      return 'recordAt' in letter
        ? { kind: 'record', letter, record: await bucketObject(s3, letter.recordAt, signal), from: 'bucket' }
        : { kind: 'record', letter, record: letter.record, from: 'payload' };
    }
    case 'on-failure':
      return { kind: 'batches', batches: [givenUp(body.failure, 'payload')] };
    case 'objects': {
      const batches = body.objects.map((at) => fetchedBatch(s3, at, signal));
      return { kind: 'batches', batches: await Promise.all(batches) };
    }
    default:
      return body;
  }
}

async function fetchedBatch(s3: S3Client, at: PayloadLocation, signal: AbortSignal): Promise<GivenUpBatch> {
  const failure = read(LambdaOnFailure, await bucketObject(s3, at, signal));
  if (!failure.success) throw new PayloadLostError('The object of the letter is no batch of Lambda');
  return givenUp(failure.data, 'bucket');
}

function givenUp(failure: LambdaOnFailure, from: 'payload' | 'bucket'): GivenUpBatch {
  const records = batchPayload(failure);
  return { failure, ...(records === undefined ? {} : { payload: { records, from } }) };
}
