import { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type {
  ConsumerDeadLetter,
  PayloadLocation,
} from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { read } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { OrderStreamError, PermanentError } from '../../errors.ts';
import {
  batchPayload,
  boundedJson,
  InvalidJsonError,
  type MessageBody,
  readMessageBody,
} from './message-body.ts';
import type { QueuedMessage } from './queued-message.ts';

/** What a dead letter keeps in its bucket is no more there, or is nothing that a consumer or Lambda wrote. */
class PayloadLostError extends PermanentError {
  readonly code = 'payload-lost';
  readonly remedy =
    'Compare the table with what the consumer keeps (npm run ops -- verify), then purge the letter.';
}

/**
 * The largest object that is read, in bytes. A batch of 6 MB is the most that Lambda hands over, and its JSON inside other
 * JSON is at most twice as long. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
 */
const OBJECT_BYTES_MAX = 16 * 1_048_576;

/** Reads what a dead letter keeps in its bucket. @throws PayloadLostError, or the SDK's own errors. */
async function bucketObject(
  s3: S3Client,
  { bucket, key }: PayloadLocation,
  abortSignal: AbortSignal,
): Promise<unknown> {
  try {
    const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal,
    });
    if (ContentLength > OBJECT_BYTES_MAX) {
      if (Body instanceof Readable) Body.destroy();
      throw new PayloadLostError(
        `The object of the letter has ${ContentLength} bytes, more than any batch has`,
      );
    }
    return boundedJson((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof NoSuchKey)
      throw new PayloadLostError('The object of the letter is no more in its bucket');
    if (error instanceof InvalidJsonError)
      throw new PayloadLostError(`The object of the letter ${error.issue}`);
    throw error;
  }
}

/** A batch that a mapping gave up: with its records, or with pointers to them only. */
export interface GivenUpBatch {
  readonly failure: LambdaOnFailure;
  readonly payload?: { readonly records: readonly unknown[]; readonly from: 'payload' | 'bucket' };
}

/** What a dead letter holds. */
export type Contents =
  | {
      readonly kind: 'record';
      readonly deadLetter: ConsumerDeadLetter;
      readonly record: unknown;
      readonly from: 'payload' | 'bucket';
    }
  | { readonly kind: 'batches'; readonly batches: readonly GivenUpBatch[] }
  | { readonly kind: 'test-event' }
  /** `issue` says what is wrong with it, and quotes none of it. */
  | { readonly kind: 'unreadable'; readonly issue: string };

/** What the message keeps in its bucket is not fetched yet. */
export interface Unparsed {
  readonly kind: 'unopened';
  /** What the consumer that wrote it says in the message itself; `undefined` for batches. */
  readonly deadLetter: ConsumerDeadLetter | undefined;
  readonly at: readonly PayloadLocation[];
}

/** A message of a dead-letter queue with what it keeps in the bucket. Holds personal data. */
export interface DeadLetter<Inside = Contents> {
  readonly message: QueuedMessage;
  readonly consumer: ConsumerName | undefined;
  readonly contents: Inside;
}

/**
 * Reads a message, and asks no bucket for anything.
 *
 * @param consumer Whose queue the message lies on; `undefined` for a queue of several, whose messages say it.
 */
export function readDeadLetter(
  message: QueuedMessage,
  consumer: ConsumerName | undefined,
): DeadLetter<Contents | Unparsed> {
  const body = readMessageBody(message.body);
  const reported = body.kind === 'letter' ? body.deadLetter.consumer : undefined;
  return { message, consumer: consumer ?? message.notes.consumer ?? reported, contents: contentsOf(body) };
}

function contentsOf(body: MessageBody): Contents | Unparsed {
  switch (body.kind) {
    case 'letter': {
      const { deadLetter } = body;
      return 'recordAt' in deadLetter
        ? { kind: 'unopened', deadLetter, at: [deadLetter.recordAt] }
        : { kind: 'record', deadLetter, record: deadLetter.record, from: 'payload' };
    }
    case 'on-failure':
      return { kind: 'batches', batches: [givenUp(body.failure, 'payload')] };
    case 'objects':
      return { kind: 'unopened', deadLetter: undefined, at: body.objects };
    default:
      return body;
  }
}

/**
 * Fetches what a dead letter keeps in its bucket. Whatever keeps the bucket from giving it makes this dead letter unreadable
 * and no other: the next one lies in another bucket, or needs none.
 */
export async function parseDeadLetter(
  deadLetter: DeadLetter<Contents | Unparsed>,
  s3: S3Client,
  signal: AbortSignal,
): Promise<DeadLetter> {
  const { contents } = deadLetter;
  if (contents.kind !== 'unopened') return { ...deadLetter, contents };
  try {
    return { ...deadLetter, contents: await fetchedContents(contents, s3, signal) };
  } catch (error) {
    return { ...deadLetter, contents: { kind: 'unreadable', issue: payloadIssue(error) } };
  }
}

/** Of an error of another library only its class: its message can quote anything. */
function payloadIssue(error: unknown): string {
  if (error instanceof OrderStreamError) return error.message;
  return `The object of the letter cannot be read: ${error instanceof Error ? error.name : 'unknown'}`;
}

async function fetchedContents(
  { deadLetter, at }: Unparsed,
  s3: S3Client,
  signal: AbortSignal,
): Promise<Contents> {
  const batches: GivenUpBatch[] = [];
  // One after the other: each may take megabytes.
  for (const location of at) {
    const value = await bucketObject(s3, location, signal);
    if (deadLetter !== undefined) return { kind: 'record', deadLetter, record: value, from: 'bucket' };
    batches.push(batchOf(value));
  }
  return { kind: 'batches', batches };
}

function batchOf(value: unknown): GivenUpBatch {
  const failure = read(LambdaOnFailure, value);
  if (!failure.success) throw new PayloadLostError('The object of the letter is no batch of Lambda');
  return givenUp(failure.data, 'bucket');
}

function givenUp(failure: LambdaOnFailure, from: 'payload' | 'bucket'): GivenUpBatch {
  const records = batchPayload(failure);
  return { failure, ...(records === undefined ? {} : { payload: { records, from } }) };
}
