import {
  ConsumerDeadLetter,
  type PayloadLocation,
} from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../contracts/dead-letters/lambda-on-failure.ts';
import { read } from '../../contracts/reading.ts';
import {
  keyOf,
  ObjectCreatedNotification,
  ObjectNotificationTest,
} from '../../contracts/s3/object-notification.ts';
import { boundedJson, InvalidJsonError } from './bounded-json.ts';

/** What the body of a message on a dead-letter queue is. */
export type MessageBody =
  /** A record that a consumer buried. */
  | { readonly kind: 'letter'; readonly letter: ConsumerDeadLetter }
  /** A batch that the mapping gave up, as Lambda tells a queue. */
  | { readonly kind: 'on-failure'; readonly failure: LambdaOnFailure }
  /** Batches that the mapping gave up, as S3 tells of the objects that Lambda wrote. */
  | { readonly kind: 'objects'; readonly objects: readonly PayloadLocation[] }
  /** What S3 sends to see whether it may; it stands for no record. */
  | { readonly kind: 'test-event' }
  /** Something else; `issue` says what is wrong with it and quotes none of it. */
  | { readonly kind: 'unreadable'; readonly issue: string };

const OBJECT_CREATED = 'ObjectCreated:';
/** S3 tells of one object in a message. What tells of many is not S3's, and to open it would take as much memory as it likes. */
const OBJECTS_MAX = 10;

/** Reads the body of a message. Never throws: whatever lies on a queue is one of the kinds. */
export function readMessageBody(text: string): MessageBody {
  let body: unknown;
  try {
    body = boundedJson(text);
  } catch (error) {
    if (error instanceof InvalidJsonError) return { kind: 'unreadable', issue: `The body ${error.issue}` };
    throw error;
  }
  const letter = read(ConsumerDeadLetter, body);
  if (letter.success) return { kind: 'letter', letter: letter.data };
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
