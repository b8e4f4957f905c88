import { basename } from 'node:path/posix';
import { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import type {
  ConsumerDeadLetter,
  PayloadLocation,
} from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { read } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { PermanentError } from '../../errors.ts';
import {
  batchIdOf,
  deadLetterIdOf,
  recordDigest,
  unreadableIdOf,
} from '../../operations/dead-letter-entry.ts';
import {
  batchPayload,
  boundedJson,
  InvalidJsonError,
  type MessageBody,
  readMessageBody,
} from './message-body.ts';
import { foreignObject, foreignStream, type OwnPlaces } from './own-places.ts';
import type { QueuedMessage } from './queued-message.ts';

/** The object of a dead letter no longer exists, or was not written by a consumer or Lambda. */
class PayloadLostError extends PermanentError {
  readonly code = 'payload-lost';
  readonly remedy =
    'Compare the table with the data of the consumer (npm run ops -- verify), then purge the dead letter.';
}

/** The object of a dead letter is no longer there. */
class MissingObjectError extends PayloadLostError {}

/**
 * The largest object that is read, in bytes. A batch of at most 6 MB is what Lambda passes, and its JSON inside other
 * JSON is at most twice as long. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
 */
const OBJECT_BYTES_MAX = 16 * 1_048_576;

/** Reads the object of a dead letter. @throws PayloadLostError, or the SDK's own errors. */
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
        `The object of the dead letter has ${ContentLength} bytes, more than any batch has`,
      );
    }
    return boundedJson((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof NoSuchKey)
      throw new MissingObjectError('The object of the dead letter is no longer in its bucket');
    if (error instanceof InvalidJsonError)
      throw new PayloadLostError(`The object of the dead letter ${error.issue}`);
    throw error;
  }
}

/** A batch that Lambda discarded: with its records, or only with pointers to them. */
export interface DiscardedBatch {
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
  | { readonly kind: 'batches'; readonly batches: readonly DiscardedBatch[] }
  | { readonly kind: 'test-event' }
  /** `issue` says what is wrong with it, and quotes none of it. `isMissing`: its only object is no longer there, so that nothing of it is left. */
  | { readonly kind: 'unreadable'; readonly issue: string; readonly isMissing?: boolean };

/** Where the objects of dead letters are. */
export interface FetchDeps extends OwnPlaces {
  readonly s3: S3Client;
}

/** The object of the message is not fetched yet. */
export interface Unparsed {
  readonly kind: 'unparsed';
  /** The message of the consumer that wrote it; `undefined` for batches. */
  readonly deadLetter: ConsumerDeadLetter | undefined;
  readonly at: readonly PayloadLocation[];
}

/** A message of a dead-letter queue with its object from the bucket. Holds personal data. */
export interface DeadLetter<Inside = Contents> {
  /** The same through every replay. */
  readonly id: DeadLetterId;
  readonly message: QueuedMessage;
  readonly consumer: ConsumerName | undefined;
  readonly contents: Inside;
}

/**
 * Reads a message, and fetches nothing from a bucket. One that points out of this stack is unreadable: a sender of messages must not choose what
 * a replay reads.
 *
 * @param consumer The consumer of the queue; `undefined` for a queue of several, whose messages name it.
 */
export function readDeadLetter(
  message: QueuedMessage,
  consumer: ConsumerName | undefined,
  own: OwnPlaces,
): DeadLetter<Contents | Unparsed> {
  const body = readMessageBody(message.body);
  const reported = body.kind === 'dead-letter' ? body.deadLetter.consumer : undefined;
  const owner = consumer ?? message.notes.consumer ?? reported;
  const contents = ownContents(contentsOf(body), owner, own);
  return { id: idOf(message, owner, body), message, consumer: owner, contents };
}

function idOf(
  { body: text }: QueuedMessage,
  consumer: ConsumerName | undefined,
  body: MessageBody,
): DeadLetterId {
  if (body.kind === 'dead-letter') {
    const { deadLetter } = body;
    const { eventId } = deadLetter;
    if (eventId !== '') return deadLetterIdOf(consumer, eventId);
    return deadLetterIdOf(
      consumer,
      // Its object is named after its digest.
      'recordAt' in deadLetter ? basename(deadLetter.recordAt.key, '.json') : recordDigest(deadLetter.record),
    );
  }
  if (body.kind === 'objects')
    return batchIdOf(
      consumer,
      body.objects.map(({ key }) => key),
    );
  if (body.kind !== 'on-failure') return unreadableIdOf(consumer, text);
  const { shardId, startSequenceNumber } = body.failure.DDBStreamBatchInfo;
  return batchIdOf(consumer, [shardId, startSequenceNumber]);
}

function contentsOf(body: MessageBody): Contents | Unparsed {
  switch (body.kind) {
    case 'dead-letter': {
      const { deadLetter } = body;
      return 'recordAt' in deadLetter
        ? { kind: 'unparsed', deadLetter, at: [deadLetter.recordAt] }
        : { kind: 'record', deadLetter, record: deadLetter.record, from: 'payload' };
    }
    case 'on-failure':
      return { kind: 'batches', batches: [discarded(body.failure, 'payload')] };
    case 'objects':
      return { kind: 'unparsed', deadLetter: undefined, at: body.objects };
    default:
      return body;
  }
}

/** The contents, unless they point to what is not of this stack, or of another consumer. */
function ownContents<Inside extends Contents | Unparsed>(
  contents: Inside,
  consumer: ConsumerName | undefined,
  own: OwnPlaces,
): Inside | Extract<Contents, { kind: 'unreadable' }> {
  const [issue] = foreignPlaces(contents, consumer, own);
  return issue === undefined ? contents : { kind: 'unreadable', issue };
}

function foreignPlaces(
  contents: Contents | Unparsed,
  consumer: ConsumerName | undefined,
  own: OwnPlaces,
): readonly string[] {
  if (contents.kind === 'batches')
    return contents.batches.flatMap(
      ({ failure: { DDBStreamBatchInfo } }) => foreignStream(DDBStreamBatchInfo, own) ?? [],
    );
  if (contents.kind !== 'unparsed') return [];
  const kind = contents.deadLetter === undefined ? 'batch' : 'record';
  return contents.at.flatMap((location) => foreignObject(location, kind, consumer, own) ?? []);
}

/**
 * Fetches the object of a dead letter. A failure of the bucket makes only this dead letter unreadable:
 * the next one is in another bucket, or needs none.
 */
export async function parseDeadLetter(
  deadLetter: DeadLetter<Contents | Unparsed>,
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<DeadLetter> {
  try {
    return await fetchDeadLetter(deadLetter, deps, signal);
  } catch (error) {
    // Only its class: the message of another library's error can quote anything.
    const issue = `The object of the dead letter cannot be read: ${error instanceof Error ? error.name : 'unknown'}`;
    return { ...deadLetter, contents: { kind: 'unreadable', issue } };
  }
}

/**
 * Fetches the object of a dead letter, which is unreadable only where its object is lost or holds something else.
 *
 * @throws the SDK's own errors, after which another attempt may succeed.
 */
export async function fetchDeadLetter(
  deadLetter: DeadLetter<Contents | Unparsed>,
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<DeadLetter> {
  const { contents, consumer } = deadLetter;
  if (contents.kind !== 'unparsed') return { ...deadLetter, contents };
  try {
    const fetched = await fetchedContents(contents, deps.s3, signal);
    return { ...deadLetter, contents: ownContents(fetched, consumer, deps) };
  } catch (error) {
    if (!(error instanceof PayloadLostError)) throw error;
    const isMissing = error instanceof MissingObjectError && contents.at.length === 1;
    return { ...deadLetter, contents: { kind: 'unreadable', issue: error.message, isMissing } };
  }
}

async function fetchedContents(
  { deadLetter, at }: Unparsed,
  s3: S3Client,
  signal: AbortSignal,
): Promise<Contents> {
  const batches: DiscardedBatch[] = [];
  // One after the other: each may take megabytes.
  for (const location of at) {
    const value = await bucketObject(s3, location, signal);
    if (deadLetter !== undefined) return { kind: 'record', deadLetter, record: value, from: 'bucket' };
    batches.push(batchOf(value));
  }
  return { kind: 'batches', batches };
}

function batchOf(value: unknown): DiscardedBatch {
  const failure = read(LambdaOnFailure, value);
  if (!failure.success) throw new PayloadLostError('The object of the dead letter is no batch of Lambda');
  return discarded(failure.data, 'bucket');
}

function discarded(failure: LambdaOnFailure, from: 'payload' | 'bucket'): DiscardedBatch {
  const records = batchPayload(failure);
  return { failure, ...(records === undefined ? {} : { payload: { records, from } }) };
}
