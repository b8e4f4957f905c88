import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterId } from '../../contracts/api/dead-letters.ts';
import { type ConsumerDeadLetter, recordPrefix } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import type { Instant } from '../../contracts/ids.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { wireCodeKind } from '../aws/aws-errors.ts';
import { RequestBatcher } from '../aws/request-batcher.ts';
import { namedSinkError, OPERATIONS_TABLE, SinkUnavailableError } from '../aws/sink-errors.ts';
import { type Clock, instantOf } from '../clock.ts';
import { DeadLetterRefusedError, type PermanentError } from '../errors.ts';
import {
  type DeadLetterEntry,
  deadLetterIdOf,
  type OpenState,
  recordDigest,
} from '../operations/dead-letter-entry.ts';
import type { DeadLetterWrites } from '../operations/dead-letter-writes.ts';
import { recordIdentity } from './lambda-record.ts';
import { recordEntry } from './record-facts.ts';

/** The most bytes of one request to SQS: of one message or of all messages of a batch. See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html. */
const MESSAGE_BYTES_MAX = 1_048_576;
const MESSAGES_MAX = 10;
const REQUESTS_AT_ONCE_MAX = 4;
/** SQS refuses these two characters even inside JSON, where an escape has the same meaning. */
const FORBIDDEN_CHARACTERS = /[\uFFFE\uFFFF]/g;

/** A record that cannot succeed, and why. */
export interface PoisonRecord {
  /** The record exactly as it was delivered. */
  readonly record: unknown;
  /** The part of the error that the dead letter holds. */
  readonly error: Pick<PermanentError, 'code' | 'message' | 'issues'>;
  readonly firstSeenAt: Instant;
  readonly attempts: number;
  /** Who handled it: the consumer, the automatic replay or an operator. */
  readonly by: string;
  /** The batch that it came from, where Lambda gave it up. */
  readonly batch?: DeadLetterId;
}

/** The dependencies of a {@link DeadLetterQueue}. */
export interface DeadLetterQueueDeps {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queueUrl: string;
  /** Receives the records that are too large for a message, as a record with two images of 400 KB can be. */
  readonly bucket: string;
  readonly consumer: ConsumerName;
  readonly store: Pick<DeadLetterWrites, 'begin' | 'queued'>;
  /** What the store says of what is on this queue; `waiting` without it. */
  readonly state?: OpenState;
  readonly clock: Clock;
}

/** A consumer's dead-letter queue: it receives the complete record that fails permanently. */
export class DeadLetterQueue {
  readonly #deps: DeadLetterQueueDeps;
  readonly #messages: RequestBatcher<string, SendOutcome>;

  constructor(deps: DeadLetterQueueDeps) {
    this.#deps = deps;
    this.#messages = new RequestBatcher({
      send: (bodies, signal) => this.#sendBatch(bodies, signal),
      entriesMax: MESSAGES_MAX,
      bytesMax: MESSAGE_BYTES_MAX,
      bytesOf: (body) => Buffer.byteLength(body),
      concurrencyMax: REQUESTS_AT_ONCE_MAX,
    });
  }

  /**
   * Puts one record on the queue; resolves only when the queue has accepted it, and the store knows it. A record that is too large for a message,
   * or that the queue refuses as invalid, goes to the bucket under a key made from its event id, so that a repeat overwrites
   * the object.
   *
   * @returns its id.
   * @throws DeadLetterRefusedError when the queue, the bucket or the store did not accept it; SinkUnavailableError for the table of the
   * store. The record is then not handled.
   */
  async accept(poison: PoisonRecord, signal: AbortSignal): Promise<DeadLetterId> {
    const { store, state = 'waiting' } = this.#deps;
    const attributes = this.#attributes(poison);
    const attempt = { by: poison.by, outcome: 'failed', code: poison.error.code } as const;
    const begun = await stored(store.begin(this.#entry(poison, attributes), attempt));
    await this.#send(poison, attributes, signal);
    await stored(store.queued(begun, state));
    return begun.id;
  }

  #entry({ record, batch }: PoisonRecord, attributes: Attributes): DeadLetterEntry {
    const { consumer, eventId } = attributes;
    const id = deadLetterIdOf(consumer, eventId || recordDigest(record));
    return { ...recordEntry(id, attributes, record), batch };
  }

  async #send(poison: PoisonRecord, attributes: Attributes, signal: AbortSignal): Promise<void> {
    const { record } = poison;
    const body = escaped(JSON.stringify({ ...attributes, record } satisfies ConsumerDeadLetter));
    const direct =
      Buffer.byteLength(body) <= MESSAGE_BYTES_MAX ? await this.#messages.submit(body, signal) : TOO_LARGE;
    const outcome =
      !direct.accepted && wireCodeKind(direct.code) === 'validation'
        ? await this.#messages.submit(await this.#bodyWithRecordInBucket(record, attributes, signal), signal)
        : direct;
    if (!outcome.accepted)
      throw new DeadLetterRefusedError(`The dead-letter queue refused a dead letter: ${outcome.code}`);
  }

  #attributes({ record, error, firstSeenAt, attempts }: PoisonRecord): Attributes {
    return {
      schema: 'order-stream/dead-letter/1',
      consumer: this.#deps.consumer,
      reason: { code: error.code, message: error.message, issues: [...error.issues] },
      attempts,
      firstSeenAt,
      deadLetteredAt: instantOf(this.#deps.clock.now()),
      ...recordIdentity(record),
    };
  }

  async #bodyWithRecordInBucket(
    record: unknown,
    attributes: Attributes,
    abortSignal: AbortSignal,
  ): Promise<string> {
    const { s3, bucket, consumer } = this.#deps;
    const name = attributes.eventId === '' ? recordDigest(record) : encodeURIComponent(attributes.eventId);
    const key = `${recordPrefix(consumer)}${name}.json`;
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: JSON.stringify(record),
          ContentType: 'application/json',
        }),
        { abortSignal },
      );
    } catch (cause) {
      throw new DeadLetterRefusedError('The dead-letter bucket did not accept a record', { cause });
    }
    return escaped(JSON.stringify({ ...attributes, recordAt: { bucket, key } } satisfies ConsumerDeadLetter));
  }

  async #sendBatch(bodies: readonly string[], abortSignal: AbortSignal): Promise<readonly SendOutcome[]> {
    const response = await this.#deps.sqs
      .send(
        new SendMessageBatchCommand({
          QueueUrl: this.#deps.queueUrl,
          Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
        }),
        { abortSignal },
      )
      .catch((cause: unknown) => {
        throw new DeadLetterRefusedError('The dead-letter queue did not respond', { cause });
      });
    const accepted = new Set(response.Successful?.map(({ Id }) => Id));
    const codes = new Map(response.Failed?.map(({ Id, Code }) => [Id, Code]));
    return bodies.map((_, index) =>
      accepted.has(String(index))
        ? { accepted: true }
        : { accepted: false, code: codes.get(String(index)) ?? 'no result' },
    );
  }
}

/** What a message says of its record, beside the record or its location. */
type Attributes = Omit<Extract<ConsumerDeadLetter, { recordAt: unknown }>, 'recordAt'>;

async function stored<Result>(writing: Promise<Result>): Promise<Result> {
  try {
    return await writing;
  } catch (cause) {
    const error = namedSinkError(cause, OPERATIONS_TABLE);
    if (error instanceof SinkUnavailableError) throw error;
    throw new DeadLetterRefusedError('The store did not accept a dead letter', { cause });
  }
}

/** The outcome that SQS would return for such a message. */
const TOO_LARGE: SendOutcome = { accepted: false, code: 'BatchRequestTooLong' };

type SendOutcome = { readonly accepted: true } | { readonly accepted: false; readonly code: string };

function escaped(json: string): string {
  return json.replace(FORBIDDEN_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
