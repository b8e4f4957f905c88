import { type GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import { recordPrefix } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import {
  type DeadLetter,
  fetchDeadLetter,
  parseDeadLetter,
  readDeadLetter,
} from '../../../pipelines/dead-letters/parse/dead-letter.ts';
import { messageEntry, messageSummary } from '../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import { queuedMessage } from '../../../pipelines/dead-letters/parse/queued-message.ts';
import {
  batchIdOf,
  deadLetterIdOf,
  recordDigest,
  unreadableIdOf,
} from '../../../pipelines/operations/dead-letter-entry.ts';
import {
  deadLetterOf,
  FIRST_SEEN_AT,
  objectCreated,
  onFailureOf,
  ownPlaces,
  testEvent,
} from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';

const BUCKET = 'letters';
const OWN = ownPlaces(BUCKET);
const SENT_AT = '2026-03-02T12:00:00.000Z';
const BATCH = 'aws/lambda/batch-1';
const record = insertOf(orderItem());
const event = { Records: [record, insertOf(userItem())] };
const { signal } = new AbortController();
type Notes = Readonly<Record<string, string>>;

const messageOf = (body: unknown, notes: Notes = {}) =>
  queuedMessage({
    MessageId: 'm-1',
    ReceiptHandle: 'r-1',
    Body: typeof body === 'string' ? body : JSON.stringify(body),
    Attributes: { SentTimestamp: String(Date.parse(SENT_AT)), ApproximateReceiveCount: '3' },
    MessageAttributes: Object.fromEntries(
      Object.entries(notes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  });
const read = (
  body: unknown,
  { consumer = 'order-events', notes = {} }: { consumer?: ConsumerName; notes?: Notes } = {},
) => readDeadLetter(messageOf(body, notes), consumer, OWN);
/** Read from a queue of several consumers. */
const readOfAny = (body: unknown, notes: Notes = {}) =>
  readDeadLetter(messageOf(body, notes), undefined, OWN);
/** A dead letter of that record, which is in a bucket. */
const inBucket = (key: string, bucket = BUCKET) => {
  const body = Object.entries(deadLetterOf(record)).filter(([name]) => name !== 'record');
  return { ...Object.fromEntries(body), recordAt: { bucket, key } };
};
const RECORD_KEY = `${recordPrefix('order-events')}e-1.json`;

/** A bucket whose objects have these texts; anything that is no text is thrown. */
function bucketOf(...objects: readonly unknown[]) {
  const requests: unknown[] = [];
  const s3 = new S3Client({ region: 'eu-central-1' });
  vi.spyOn(s3, 'send').mockImplementation(async (command: unknown, options: unknown) => {
    const object = objects[requests.length];
    requests.push([(command as GetObjectCommand).input, options]);
    if (typeof object === 'number') return { ContentLength: object };
    if (typeof object !== 'string') throw object;
    return { ContentLength: object.length, Body: { transformToString: async () => object } };
  });
  return { requests, deps: { ...OWN, s3 } };
}

describe('the id of a dead letter', () => {
  it.each([
    ['the event of its record', deadLetterOf(record), deadLetterIdOf('order-events', record.eventID ?? '')],
    [
      'the contents of a record without one',
      deadLetterOf({}),
      deadLetterIdOf('order-events', recordDigest({})),
    ],
    [
      'the object of a record without one',
      { ...inBucket(RECORD_KEY), eventId: '' },
      deadLetterIdOf('order-events', 'e-1'),
    ],
    ['the objects of its batches', objectCreated(BUCKET, BATCH), batchIdOf('order-events', [BATCH])],
    [
      'the place of its batch',
      onFailureOf(),
      batchIdOf('order-events', ['shardId-00000001', '100000000000000000000001']),
    ],
    ['its text, where it cannot be read', 'none', unreadableIdOf('order-events', 'none')],
  ])('is made from %s', (_what, body, id) => {
    expect(read(body).id).toBe(id);
  });
});

describe('the consumer of a dead letter', () => {
  it.each([
    ['that of the queue', () => read(deadLetterOf(record), { consumer: 'search-index' }), 'search-index'],
    [
      'that of the message’s attributes',
      () => readOfAny(deadLetterOf(record), { consumer: 'search-index' }),
      'search-index',
    ],
    ['that of the body', () => readOfAny(deadLetterOf(record)), 'order-events'],
    ['unknown where none names it', () => readOfAny(onFailureOf()), undefined],
  ])('is %s', (_which, reading, expected) => {
    expect(reading().consumer).toBe(expected);
  });
});

describe('a dead letter that points out of its stack', () => {
  it.each([
    [
      'into the stream of another table',
      () => read(onFailureOf({ streamArn: 'arn:aws:dynamodb:eu-central-1:0:table/other/stream/1' })),
    ],
    ['into another bucket, with a record', () => read(inBucket(RECORD_KEY, 'other'))],
    ['to a record of another consumer', () => read(inBucket(`${recordPrefix('search-index')}e-1.json`))],
    ['to a batch where a record is expected', () => read(inBucket(BATCH))],
    ['into another bucket, with a batch', () => read(objectCreated('other', BATCH))],
    ['to a record where a batch is expected', () => read(objectCreated(BUCKET, RECORD_KEY))],
    ['to anything, and names no consumer', () => readOfAny(objectCreated(BUCKET, BATCH))],
  ])('%s is unreadable', (_where, reading) => {
    expect(reading().contents).toEqual({ kind: 'unreadable', issue: expect.any(String) });
  });

  it.each([
    ['of its batch', () => read(objectCreated(BUCKET, BATCH)), undefined, BATCH],
    ['of its record', () => read(inBucket(RECORD_KEY)), inBucket(RECORD_KEY), RECORD_KEY],
  ])('is none that names its own object, %s', (_which, reading, deadLetter, key) => {
    expect(reading().contents).toEqual({ kind: 'unparsed', deadLetter, at: [{ bucket: BUCKET, key }] });
  });
});

describe('the object of a dead letter', () => {
  it('is fetched with its record', async () => {
    const { deps, requests } = bucketOf(JSON.stringify(record));
    const { contents } = await fetchDeadLetter(read(inBucket(RECORD_KEY)), deps, signal);
    expect(contents).toEqual({ kind: 'record', deadLetter: inBucket(RECORD_KEY), record, from: 'bucket' });
    expect(requests).toEqual([[{ Bucket: BUCKET, Key: RECORD_KEY }, { abortSignal: signal }]]);
  });

  it('is fetched with its batch', async () => {
    const failure = onFailureOf({}, event);
    const { deps } = bucketOf(JSON.stringify(failure));
    const { contents } = await fetchDeadLetter(read(objectCreated(BUCKET, BATCH)), deps, signal);
    expect(contents).toEqual({
      kind: 'batches',
      batches: [{ failure, payload: { records: event.Records, from: 'bucket' } }],
    });
  });

  it('is not fetched where the message holds the record', async () => {
    const { deps, requests } = bucketOf();
    const deadLetter = read(deadLetterOf(record));
    expect(await fetchDeadLetter(deadLetter, deps, signal)).toEqual(deadLetter);
    expect(requests).toEqual([]);
  });

  it('may point no further out of the stack', async () => {
    const { deps } = bucketOf(
      JSON.stringify(onFailureOf({ streamArn: 'arn:aws:dynamodb:eu-central-1:0:table/other/stream/1' })),
    );
    const { contents } = await fetchDeadLetter(read(objectCreated(BUCKET, BATCH)), deps, signal);
    expect(contents).toMatchObject({ kind: 'unreadable' });
  });

  const missing = new NoSuchKey({ message: '', $metadata: {} });
  it.each([
    ['is gone', missing, 'is no longer in its bucket', true],
    ['is no JSON', 'none', 'is no JSON', false],
    ['is no batch', '{}', 'is no batch of Lambda', false],
    ['is larger than a batch', 16 * 1_048_576 + 1, 'has 16777217 bytes, more than any batch has', false],
  ])('that %s makes it unreadable', async (_what, object, issue, isMissing) => {
    const { deps } = bucketOf(object);
    const { contents } = await fetchDeadLetter(read(objectCreated(BUCKET, BATCH)), deps, signal);
    expect(contents).toEqual({
      kind: 'unreadable',
      issue: `The object of the dead letter ${issue}`,
      isMissing,
    });
  });

  it('that is as large as a batch may be is read', async () => {
    const { deps } = bucketOf(16 * 1_048_576);
    const { contents } = await fetchDeadLetter(read(objectCreated(BUCKET, BATCH)), deps, signal);
    expect(contents).toMatchObject({ issue: 'The object of the dead letter is no JSON' });
  });

  it('is not all that is left where one of two is gone', async () => {
    const { Records } = objectCreated(BUCKET, BATCH);
    const { deps } = bucketOf(missing);
    const { contents } = await fetchDeadLetter(read({ Records: [...Records, ...Records] }), deps, signal);
    expect(contents).toMatchObject({ kind: 'unreadable', isMissing: false });
  });

  it('may come later where the bucket fails, and a list shows it as unreadable meanwhile', async () => {
    const outage = Object.assign(new Error('Ada'), { name: 'TimeoutError' });
    const deadLetter = read(objectCreated(BUCKET, BATCH));
    await expect(fetchDeadLetter(deadLetter, bucketOf(outage).deps, signal)).rejects.toBe(outage);
    expect((await parseDeadLetter(deadLetter, bucketOf(outage).deps, signal)).contents).toEqual({
      kind: 'unreadable',
      issue: 'The object of the dead letter cannot be read: TimeoutError',
    });
  });
});

describe('the summary of a dead letter', () => {
  const common = { messageId: 'm-1', consumer: 'order-events', receives: 3 };
  const ofBatches = (
    ...batches: readonly {
      readonly failure: ReturnType<typeof onFailureOf>;
      readonly records?: readonly unknown[];
    }[]
  ): DeadLetter => ({
    ...read(onFailureOf()),
    contents: {
      kind: 'batches',
      batches: batches.map(({ failure, records }) => ({
        failure,
        ...(records === undefined ? {} : { payload: { records, from: 'payload' as const } }),
      })),
    },
  });

  it('of a record is what its consumer says', () => {
    const failedAt = '2026-03-01T13:00:00.000Z';
    const body = { ...deadLetterOf(record), attempts: 4, deadLetteredAt: failedAt };
    expect(messageSummary(read(body))).toEqual({
      ...common,
      id: deadLetterIdOf('order-events', record.eventID ?? ''),
      kind: 'record',
      reason: 'contract-violation',
      entities: ['Order'],
      records: 1,
      attempts: 4,
      firstSeenAt: FIRST_SEEN_AT,
      failedAt,
    });
  });

  it('of a record in the bucket names no type', () => {
    expect(messageSummary(read(inBucket(RECORD_KEY)))).toMatchObject({
      kind: 'record',
      entities: [],
      records: 1,
    });
  });

  it.each([
    ['a batch in the bucket', objectCreated(BUCKET, BATCH), 'batch', 'in the bucket'],
    ['a test event', testEvent('b'), 'test-event', 's3:TestEvent'],
    ['what cannot be read', '{}', 'unreadable', 'The body has none of the shapes of a dead letter'],
  ])('of %s has no records, and was first seen when it was sent', (_what, body, kind, reason) => {
    expect(messageSummary(read(body))).toMatchObject({
      kind,
      reason,
      entities: [],
      records: 0,
      attempts: 1,
      firstSeenAt: SENT_AT,
      failedAt: undefined,
    });
  });

  it('of pointers counts the records that Lambda names', () => {
    const summary = messageSummary(
      read(onFailureOf({ batchSize: 7 }), { notes: { attempts: '5', failedAt: SENT_AT } }),
    );
    expect(summary).toMatchObject({
      kind: 'pointers',
      reason: 'RetryAttemptsExhausted',
      entities: [],
      records: 7,
      attempts: 5,
      firstSeenAt: FIRST_SEEN_AT,
      failedAt: SENT_AT,
    });
  });

  it('of a batch counts its records, and names each type once, in order', () => {
    const records = [insertOf(userItem()), ...event.Records];
    expect(messageSummary(ofBatches({ failure: onFailureOf({ batchSize: 9 }), records }))).toMatchObject({
      kind: 'batch',
      entities: ['Order', 'User'],
      records: 3,
    });
  });

  it('of batches of which one has pointers only is of pointers, and counts all', () => {
    const failure = onFailureOf({ batchSize: 9 });
    const summary = messageSummary(ofBatches({ failure, records: event.Records }, { failure }));
    expect(summary).toMatchObject({ kind: 'pointers', records: 11 });
  });

  it('names twenty types at most', () => {
    const records = Array.from({ length: 30 }, (_, n) => ({
      dynamodb: { NewImage: { entityType: { S: `T${n}` } } },
    }));
    expect(messageSummary(ofBatches({ failure: onFailureOf(), records })).entities).toHaveLength(20);
  });
});

describe('what the store keeps of a message', () => {
  it.each([
    ['a record', deadLetterOf(record), { kind: 'record', entity: 'Order', eventName: 'INSERT' }],
    [
      'a record in the bucket',
      inBucket(RECORD_KEY),
      { kind: 'record', entity: 'unknown', eventId: record.eventID },
    ],
    [
      'pointers',
      onFailureOf(),
      {
        kind: 'pointers',
        reason: {
          code: 'RetryAttemptsExhausted',
          message: 'Lambda gave up the batch, and sent pointers into the stream',
          issues: [],
        },
        entity: 'unknown',
        records: 2,
        firstSeenAt: FIRST_SEEN_AT,
        failedAt: SENT_AT,
      },
    ],
    [
      'a batch',
      onFailureOf({}, event),
      {
        kind: 'batch',
        reason: { code: 'RetryAttemptsExhausted', message: 'Lambda gave up the batch' },
        entity: 'Order',
      },
    ],
    [
      'what cannot be read',
      '{}',
      {
        kind: 'unreadable',
        reason: {
          code: 'unreadable',
          message: 'The body has none of the shapes of a dead letter',
          issues: [],
        },
        firstSeenAt: SENT_AT,
      },
    ],
  ])('is what there is of %s', (_what, body, expected) => {
    expect(messageEntry(read(body))).toMatchObject({ consumer: 'order-events', ...expected });
  });

  it('has when it was sent for a time of Lambda that is none, and when it failed', () => {
    const entry = messageEntry(
      read({ ...onFailureOf(), timestamp: 'then' }, { notes: { failedAt: FIRST_SEEN_AT } }),
    );
    expect(entry).toMatchObject({ firstSeenAt: SENT_AT, failedAt: FIRST_SEEN_AT });
  });

  it.each([
    ['order-events', onFailureOf(), 'The message names no consumer'],
    ['search-index', { at: 'SearchIndexBucket' }, 'The body has none of the shapes of a dead letter'],
  ])('is unreadable and listed with %s where the message names no consumer', (consumer, body, message) => {
    expect(messageEntry(readOfAny(body))).toMatchObject({
      consumer,
      kind: 'unreadable',
      reason: { code: 'unreadable', message, issues: [] },
      entity: 'unknown',
      records: 0,
      attempts: 1,
      firstSeenAt: SENT_AT,
      failedAt: SENT_AT,
    });
  });
});

describe('a message as SQS returns it', () => {
  it('is read with its attributes', () => {
    const notes = { consumer: 'search-index', attempts: '2', failedAt: FIRST_SEEN_AT };
    expect(messageOf('text', notes)).toEqual({
      messageId: 'm-1',
      receiptHandle: 'r-1',
      body: 'text',
      sentAt: new Date(SENT_AT),
      receives: 3,
      notes: { consumer: 'search-index', attempts: 2, failedAt: FIRST_SEEN_AT },
    });
  });

  it.each([{}, { Attributes: {} }, { Attributes: { SentTimestamp: 'then' } }])(
    'is of the epoch and empty where it says nothing: %j',
    (message) => {
      const notes = { consumer: undefined, attempts: undefined, failedAt: undefined };
      const empty = { messageId: '', receiptHandle: '', body: '', sentAt: new Date(0), receives: 0, notes };
      expect(queuedMessage(message)).toEqual(empty);
    },
  );

  it('has no notes that are none of ours', () => {
    const notes = { consumer: 'other', attempts: '0', failedAt: 'then' };
    expect(messageOf('text', notes).notes).toEqual({
      consumer: undefined,
      attempts: undefined,
      failedAt: undefined,
    });
  });
});
