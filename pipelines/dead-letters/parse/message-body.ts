import * as z from 'zod';
import {
  ConsumerDeadLetter,
  type PayloadLocation,
} from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import {
  keyOf,
  ObjectCreatedNotification,
  ObjectNotificationTest,
} from '../../../contracts/imports/object-notification.ts';
import { read } from '../../../contracts/reading.ts';
import { PermanentError } from '../../errors.ts';

/** The text is no JSON that a dead letter can hold. */
export class InvalidJsonError extends PermanentError {
  readonly code = 'invalid-json';
  readonly remedy = 'Purge the dead letter: nothing that this system writes looks like it.';
  /** What is wrong with the text, as the end of a sentence; quotes none of it. */
  readonly issue: string;

  constructor(issue: string) {
    super(`The text ${issue}`);
    this.issue = issue;
  }
}

/**
 * The most levels of a value. DynamoDB nests 32 deep and names a type at each level; what surrounds an item adds a few.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes.
 */
const LEVELS_MAX = 100;

/**
 * Reads the JSON of a dead letter. What is nested deeper than any record is refused: it can be parsed, but neither printed nor
 * put on a queue again, since JSON.stringify calls itself for each level.
 *
 * @throws InvalidJsonError
 */
export function boundedJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidJsonError('is no JSON');
    throw error;
  }
  if (isDeeper(value, LEVELS_MAX)) throw new InvalidJsonError(`is nested deeper than ${LEVELS_MAX} levels`);
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** The body of a message on a dead-letter queue. */
export type MessageBody =
  /** A record that a consumer sent to the dead-letter queue. */
  | { readonly kind: 'dead-letter'; readonly deadLetter: ConsumerDeadLetter }
  /** A discarded batch, as Lambda reports it to a queue. */
  | { readonly kind: 'on-failure'; readonly failure: LambdaOnFailure }
  /** Discarded batches, as S3 reports the objects that Lambda wrote. */
  | { readonly kind: 'objects'; readonly objects: readonly PayloadLocation[] }
  /** The test event by which S3 checks the permission; it holds no record. */
  | { readonly kind: 'test-event' }
  /** Something else; `issue` says what is wrong with it and quotes none of it. */
  | { readonly kind: 'unreadable'; readonly issue: string };

const OBJECT_CREATED = 'ObjectCreated:';
/** S3 reports one object in a message. A message with many is not from S3, and its objects could take any amount of memory. */
const OBJECTS_MAX = 10;

/** Reads the body of a message. Never throws: every body is one of the kinds. */
export function readMessageBody(text: string): MessageBody {
  let body: unknown;
  try {
    body = boundedJson(text);
  } catch (error) {
    if (error instanceof InvalidJsonError) return { kind: 'unreadable', issue: `The body ${error.issue}` };
    throw error;
  }
  const deadLetter = read(ConsumerDeadLetter, body);
  if (deadLetter.success) return { kind: 'dead-letter', deadLetter: deadLetter.data };
  const failure = read(LambdaOnFailure, body);
  if (failure.success) return { kind: 'on-failure', failure: failure.data };
  const notification = read(ObjectCreatedNotification, body);
  if (notification.success) return objectsOf(notification.data);
  if (read(ObjectNotificationTest, body).success) return { kind: 'test-event' };
  return { kind: 'unreadable', issue: 'The body has none of the shapes of a dead letter' };
}

function objectsOf({ Records }: ObjectCreatedNotification): MessageBody {
  if (!Records.every(({ eventName }) => eventName.startsWith(OBJECT_CREATED)))
    return { kind: 'unreadable', issue: 'The notification is not of a new object' };
  if (Records.length > OBJECTS_MAX)
    return { kind: 'unreadable', issue: `The notification is of more than ${OBJECTS_MAX} objects` };
  return {
    kind: 'objects',
    objects: Records.map((record) => ({ bucket: record.s3.bucket.name, key: keyOf(record) })),
  };
}

const StreamEvent = z.object({ Records: z.array(z.unknown()).min(1) });
const EventText = z
  .string()
  .transform((text, ctx): unknown => {
    try {
      return boundedJson(text);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      ctx.addIssue({ code: 'custom', message: error.issue });
      return z.NEVER;
    }
  })
  .pipe(StreamEvent);
const Payload = z.union([StreamEvent, EventText]);

/** The records that Lambda's message holds itself; `undefined` where it has only pointers, or records that cannot be read. */
export function batchPayload({ payload }: LambdaOnFailure): readonly unknown[] | undefined {
  const batch = read(Payload, payload);
  return batch.success ? batch.data.Records : undefined;
}
