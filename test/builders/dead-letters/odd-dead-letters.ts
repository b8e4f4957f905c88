import { COUNTED_ATTEMPTS_MAX } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { insertOf, STREAM_ARN, TABLE_ARN } from '../stream/stream-record.ts';
import { orderItem } from '../values/items.ts';
import { deadLetterOf, objectCreated, onFailureOf } from './dead-letters.ts';

/** Where objects lie that messages name: a bucket that is there, and one that is not. */
export interface OddBuckets {
  readonly bucket: string;
  readonly missingBucket: string;
}

/** An unexpected message on a dead-letter queue. */
export interface OddMessage {
  readonly what: string;
  readonly body: string;
  /** How it is listed. */
  readonly kind: 'unreadable' | 'record' | 'pointers';
  /** What a replay makes of it. */
  readonly outcome: 'unreadable' | 'failed' | 'item-deleted';
}

/**
 * The keys of objects that a test puts into the bucket, with what is in them; the test has the bucket
 * refuse `denied`, and say of `large` that it is larger than a local bucket takes.
 */
export const ODD_OBJECTS: Readonly<Record<string, string>> = {
  denied: '{}',
  'no-json': 'not JSON',
  empty: '',
  'no-batch': '{"Records":{"length":{"toString":null}}}',
  nested: '['.repeat(10_000) + ']'.repeat(10_000),
  large: '{}',
};

/** Under which each of them lies: where records are, and where batches are. */
export const ODD_PREFIXES = ['records/order-events/', 'aws/lambda/'] as const;
const [OF_RECORDS, OF_BATCHES] = ODD_PREFIXES;

const MESSAGE_BYTES_MAX = 1_048_576;
const DEPTH = 10_000;
const nestedText = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
/** Control characters, line breaks, text direction marks, half a character, and an escape sequence that clears a terminal. */
export const NASTY_TEXT =
  '\u001b[2J\u0007\u0000\r\n\t\u007f\u0085\u009b\u2028\u200b\u202e\u2066\u061c\ufeff\ud800';

const keyed = (pk: unknown, sk: unknown, more: object = {}): object => ({
  eventID: 'e-1',
  eventName: 'MODIFY',
  dynamodb: { Keys: { pk, sk }, SequenceNumber: '1', ...more },
});
const deadLetter = (record: unknown, overrides: Parameters<typeof deadLetterOf>[1] = {}): string =>
  JSON.stringify(deadLetterOf(record, overrides));
const deadLetterAt = (bucket: string, key: string): string => {
  const { record: _, ...attributes } = { record: undefined, ...deadLetterOf(insertOf(orderItem())) };
  return JSON.stringify({ ...attributes, recordAt: { bucket, key } });
};

const bodies: Readonly<Record<string, string>> = {
  'members that cannot be compared': '{"Records":{"length":{"toString":null}}}',
  'a record alone': '{"dynamodb":{"Keys":{"length":{"valueOf":1}}}}',
  'no JSON': 'no JSON',
  blank: ' ',
  'an empty object': '{}',
  'an empty list': '[]',
  null: 'null',
  'a huge number': '1e999',
  'own names of every object':
    '{"__proto__":{"schema":"order-stream/dead-letter/1"},"constructor":null,"toString":7,"then":1}',
  'half a character': '{"schema":"\\ud800"}',
  'a deep list': nestedText,
  'a deep record': deadLetter(null).replace('"record":null', `"record":${nestedText}`),
  'more attempts than are counted': deadLetter(null, { attempts: Number.MAX_SAFE_INTEGER }),
  'text of 1 MiB': 'x'.repeat(MESSAGE_BYTES_MAX),
  'many objects': JSON.stringify({
    Records: Array.from({ length: 11 }, () => objectCreated('b', 'k')).flatMap(({ Records }) => Records),
  }),
};

const records: Readonly<Record<string, string>> = {
  'a record that is null': deadLetter(null),
  'a record that is text': deadLetter('{'),
  'keys that are numbers': deadLetter(keyed({ N: '1' }, { N: '2' })),
  'a key with half a character': deadLetter(keyed({ S: 'USER#\ud800' }, { S: 'PROFILE' })),
  'a key that is too long': deadLetter(keyed({ S: 'x'.repeat(3_000) }, { S: 'y' })),
  'a key that is empty': deadLetter(keyed({ S: '' }, { S: 'y' })),
  'a reason as long as a message': deadLetter(null, {
    reason: { code: 'x'.repeat(900_000), message: 'm', issues: [] },
  }),
  'as many attempts as are counted': deadLetter(null, { attempts: COUNTED_ATTEMPTS_MAX }),
};

const missingRecords: Readonly<Record<string, string>> = {
  'images that are lists': deadLetter(keyed({ S: 'p' }, { S: 's' }, { NewImage: [1], OldImage: 'x' })),
  'images of odd values': deadLetter(
    keyed(
      { S: 'USER#x' },
      { S: 'ORDER#y' },
      { NewImage: { length: { toString: null }, entityType: { S: { length: 1 } }, version: { N: {} } } },
    ),
  ),
  'an image as deep as a message is read': deadLetter(
    keyed({ S: 'p' }, { S: 's' }, { NewImage: JSON.parse(`${'{"M":'.repeat(60)}1${'}'.repeat(60)}`) }),
  ),
  'control characters in every text': deadLetter(
    keyed(
      { S: `USER#${NASTY_TEXT.replace('\ud800', '')}` },
      { S: `ORDER#${NASTY_TEXT.replace('\ud800', '')}` },
      { NewImage: { entityType: { S: NASTY_TEXT }, [NASTY_TEXT]: { S: NASTY_TEXT } } },
    ),
    {
      reason: {
        code: NASTY_TEXT,
        message: NASTY_TEXT,
        issues: [{ path: NASTY_TEXT, message: NASTY_TEXT }],
      },
    },
  ),
};

const foreignPointers: Readonly<Record<string, string>> = {
  'pointers to no stream': JSON.stringify(onFailureOf({ streamArn: 'nonsense', shardId: 's' })),
  'pointers of other text': JSON.stringify(
    onFailureOf({
      ...{ streamArn: NASTY_TEXT, shardId: NASTY_TEXT, batchSize: Number.MAX_SAFE_INTEGER },
      ...{ startSequenceNumber: '9'.repeat(100), endSequenceNumber: '1' },
      ...{ approximateArrivalOfFirstRecord: NASTY_TEXT, approximateArrivalOfLastRecord: '+275760-09-13' },
    }),
  ),
  'pointers into the stream of another table': JSON.stringify(
    onFailureOf({ streamArn: STREAM_ARN.replace('table/orders/', 'table/orders-2/'), shardId: 'table' }),
  ),
  'pointers into the stream of another account': JSON.stringify(
    onFailureOf({ streamArn: STREAM_ARN.replace(':000000000000:', ':111111111111:'), shardId: 'account' }),
  ),
};

const pointers: Readonly<Record<string, string>> = {
  'pointers that may not be followed': JSON.stringify(onFailureOf()),
  'pointers to an older stream of the table': JSON.stringify(
    onFailureOf({ streamArn: `${TABLE_ARN}/stream/2025-01-01T00:00:00.000`, shardId: NASTY_TEXT }),
  ),
  'pointers beside a deep payload': JSON.stringify(onFailureOf({ shardId: 'nonsense' }, nestedText)),
};

/** One message of each kind that a dead-letter queue was ever found with, or could be. */
export function oddMessages({ bucket, missingBucket }: OddBuckets): readonly OddMessage[] {
  const unreadable = {
    ...bodies,
    'a record whose bucket is another': deadLetterAt(missingBucket, `${OF_RECORDS}k`),
    'a record whose bucket has no such name': deadLetterAt('No Bucket/..', 'k'),
    ...Object.fromEntries(
      ['gone', ...Object.keys(ODD_OBJECTS).filter((key) => key !== 'no-batch')].map((key) => [
        `a record whose object is ${key}`,
        deadLetterAt(bucket, OF_RECORDS + key),
      ]),
    ),
    'a batch whose bucket is another': JSON.stringify(objectCreated(missingBucket, `${OF_BATCHES}k`)),
    'a record whose object is of another consumer': deadLetterAt(bucket, 'records/search-index/no-batch'),
    'a record whose object is a batch': deadLetterAt(bucket, `${OF_BATCHES}no-batch`),
    'a batch whose object is a record': JSON.stringify(objectCreated(bucket, `${OF_RECORDS}no-batch`)),
    ...foreignPointers,
    ...Object.fromEntries(
      ['gone', ...Object.keys(ODD_OBJECTS)].map((key) => [
        `a batch whose object is ${key}`,
        JSON.stringify(objectCreated(bucket, OF_BATCHES + key)),
      ]),
    ),
  };
  const all = (
    some: Readonly<Record<string, string>>,
    kind: OddMessage['kind'],
    outcome: OddMessage['outcome'],
  ): readonly OddMessage[] => Object.entries(some).map(([what, body]) => ({ what, body, kind, outcome }));
  return [
    ...all(unreadable, 'unreadable', 'unreadable'),
    ...all(records, 'record', 'failed').map(asOwnEvent),
    ...all(missingRecords, 'record', 'item-deleted').map(asOwnEvent),
    ...all(pointers, 'pointers', 'failed'),
  ];
}

/** Gives a record an event of its own, or a value of its own where it has none: the same record is the same dead letter. */
const asOwnEvent = (message: OddMessage, index: number): OddMessage =>
  index === 0
    ? message
    : {
        ...message,
        body: message.body
          .replaceAll(/"event(Id|ID)":"e-1"/g, `"event$1":"${message.outcome}-${index}"`)
          .replace('"record":null', `"record":${index}`),
      };
