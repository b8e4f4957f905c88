import { ResourceNotFoundException, ThrottlingException } from '@aws-sdk/client-dynamodb';
import { type PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { type SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { Instant } from '../../../contracts/ids.ts';
import { ISSUES_MAX } from '../../../contracts/reading.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { ContractViolationError, DeadLetterRefusedError } from '../../../pipelines/errors.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { DeadLetterQueue } from '../../../pipelines/stream/dead-letter-queue.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { OPERATIONS_TABLE, operationsTable } from '../../builders/model-table.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';

type Refusal = (id: number) => string | undefined;

/** A queue and a bucket that keep what they are sent, but for the entries that `refusal` names with a code. */
function keptQueue(refusal: Refusal = () => undefined) {
  const bodies: string[] = [];
  const requests: number[] = [];
  const puts: PutObjectCommandInput[] = [];
  const signals: unknown[] = [];
  const atOnce = { now: 0, most: 0 };
  const sqs = new SQSClient({ region: 'eu-central-1' });
  vi.spyOn(sqs, 'send').mockImplementation(async (command: unknown, options: unknown) => {
    signals.push(options);
    atOnce.now += 1;
    atOnce.most = Math.max(atOnce.most, atOnce.now);
    await new Promise(setImmediate);
    atOnce.now -= 1;
    const entries = (command as SendMessageBatchCommand).input.Entries ?? [];
    requests.push(entries.length);
    const results = entries.map((entry, index) => ({ ...entry, Code: refusal(index), SenderFault: false }));
    const taken = results.filter(({ Code }) => Code === undefined);
    bodies.push(...taken.map(({ MessageBody }) => MessageBody ?? ''));
    return { Successful: taken, Failed: results.filter(({ Code }) => Code !== undefined) };
  });
  const { dynamoDb, send } = operationsTable();
  const s3 = new S3Client({ region: 'eu-central-1' });
  vi.spyOn(s3, 'send').mockImplementation(async (command: unknown, options: unknown) => {
    signals.push(options);
    puts.push((command as PutObjectCommand).input);
    return {};
  });
  const queue = new DeadLetterQueue({
    sqs,
    s3,
    queueUrl: 'http://queue',
    bucket: 'letters',
    consumer: 'order-events',
    store: new DeadLetterStore({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock: systemClock }),
    clock: systemClock,
  });
  return { queue, sqs, s3, bodies, requests, puts, signals, atOnce, storeSend: send };
}

const poison = (record: unknown) => ({
  record,
  error: new ContractViolationError('broken', [{ path: 'NewImage.total', message: 'expected number' }]),
  firstSeenAt: Instant.parse('2026-03-01T12:00:00.000Z'),
  attempts: 1,
  by: 'order-events',
});

const { signal } = new AbortController();
/** The most that SQS takes in a request. */
const MESSAGE_BYTES = 1_048_576;

describe('a dead letter', () => {
  it('holds the complete record, with the reason and its fields', async () => {
    const { queue, bodies } = keptQueue();
    const record = insertOf(orderItem());
    await queue.accept(poison(record), signal);
    const deadLetter = ConsumerDeadLetter.parse(JSON.parse(bodies[0] ?? ''));
    expect(deadLetter).toMatchObject({
      consumer: 'order-events',
      reason: {
        code: 'contract-violation',
        issues: [{ path: 'NewImage.total', message: 'expected number' }],
      },
      sequenceNumber: record.dynamodb?.SequenceNumber,
      record,
    });
  });

  it('survives the two characters that SQS refuses', async () => {
    const { queue, bodies } = keptQueue();
    await queue.accept(poison({ text: 'a\uFFFEb\uFFFFc' }), signal);
    expect(bodies[0]).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(JSON.parse(bodies[0] ?? '').record).toEqual({ text: 'a\uFFFEb\uFFFFc' });
  });

  it('travels with up to nine others in one request', async () => {
    const { queue, requests } = keptQueue();
    await Promise.all(Array.from({ length: 25 }, (_, index) => queue.accept(poison({ index }), signal)));
    expect(requests).toEqual([10, 10, 5]);
  });

  it('is sent with no more than SQS takes in one request', async () => {
    const { queue, requests } = keptQueue();
    const large = Array.from({ length: 5 }, (_, index) =>
      poison({ index, blob: 'x'.repeat(MESSAGE_BYTES / 2 - 1_000) }),
    );
    await Promise.all(large.map((each) => queue.accept(each, signal)));
    expect(requests).toEqual([2, 2, 1]);
  });

  it('is sent in no more than four requests at once', async () => {
    const { queue, atOnce } = keptQueue();
    await Promise.all(Array.from({ length: 60 }, (_, index) => queue.accept(poison({ index }), signal)));
    expect(atOnce.most).toBe(4);
  });

  it('that the queue refuses fails alone, with the code of the refusal', async () => {
    const { queue, bodies, puts } = keptQueue((index) => (index === 1 ? 'InternalError' : undefined));
    const outcomes = await Promise.allSettled(
      [0, 1, 2].map((index) => queue.accept(poison({ index }), signal)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({
      reason: new DeadLetterRefusedError('The dead-letter queue refused a dead letter: InternalError'),
    });
    expect(bodies).toHaveLength(2);
    expect(puts).toEqual([]);
  });

  it('that the queue says nothing of is not accepted', async () => {
    const { queue, sqs } = keptQueue();
    vi.spyOn(sqs, 'send').mockImplementation(async () => ({}));
    await expect(queue.accept(poison({}), signal)).rejects.toThrow(
      new DeadLetterRefusedError('The dead-letter queue refused a dead letter: no result'),
    );
  });

  it('that is missing in the response of the queue is not accepted', async () => {
    const { queue, sqs } = keptQueue();
    const cause = new TypeError('socket hang up');
    vi.spyOn(sqs, 'send').mockImplementation(async () => Promise.reject(cause));
    const failure = queue.accept(poison({}), signal);
    await expect(failure).rejects.toBeInstanceOf(DeadLetterRefusedError);
    await expect(failure).rejects.toMatchObject({ cause });
  });

  it.each([
    ['throttled', new ThrottlingException({ message: '', $metadata: {} })],
    ['missing', new ResourceNotFoundException({ message: '', $metadata: {} })],
    ['no-response', new TypeError('socket hang up', { cause: { code: 'ECONNRESET' } })],
  ])('that the store does not take fails by the name of its table: %s', async (failure, cause) => {
    const { queue, storeSend, bodies } = keptQueue();
    storeSend.mockRejectedValueOnce(cause);
    await expect(queue.accept(poison({}), signal)).rejects.toMatchObject({
      ...{ code: `operations-table-${failure}`, retryable: true, cause },
    });
    expect(bodies).toEqual([]);
  });

  it('that is on the queue fails by the name of the table where the store does not open it', async () => {
    const { queue, sqs, storeSend } = keptQueue();
    const cause = new ThrottlingException({ message: '', $metadata: {} });
    vi.spyOn(sqs, 'send').mockImplementation(async () => {
      storeSend.mockRejectedValueOnce(cause);
      return { Successful: [{ Id: '0' }] };
    });
    await expect(queue.accept(poison({}), signal)).rejects.toMatchObject({
      code: 'operations-table-throttled',
    });
  });

  it('can be given up', async () => {
    const { queue, signals } = keptQueue();
    await queue.accept(poison({ blob: 'x'.repeat(MESSAGE_BYTES) }), signal);
    expect(signals).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
  });
});

describe('a dead letter of a record with more wrong fields than a message has room for', () => {
  const manyNames = Array.from({ length: 2_000 }, (_, index) => `field${index}`);
  const longNames = Array.from({ length: 20 }, (_, index) => `${'\u0001'.repeat(18_000)}${index}`);

  it.each([
    ['thousands of fields', manyNames],
    ['fields with long names', longNames],
  ])('names a few of %s, and is far smaller than a message may be', async (_what, names) => {
    const { queue, bodies } = keptQueue();
    const error = violationOf(statsWithTexts(names));
    await queue.accept({ ...poison({ eventID: 'e-1' }), error }, signal);
    const { issues } = ConsumerDeadLetter.parse(JSON.parse(bodies[0] ?? '')).reason;
    expect(issues.length).toBeLessThanOrEqual(ISSUES_MAX);
    expect(bodies.map((body) => Buffer.byteLength(body) < MESSAGE_BYTES / 10)).toEqual([true]);
  });

  it('says how many there are', () => {
    expect(violationOf(statsWithTexts(manyNames)).message).toMatch(/, in 200\d fields$/);
  });
});

/** A record of stats, whose counters are attributes of any name, with texts in place of numbers. */
function statsWithTexts(names: readonly string[]) {
  const record = insertOf(userItem());
  const texts = Object.fromEntries(names.map((name) => [name, { S: 'x' }]));
  const NewImage = { ...record.dynamodb?.NewImage, entityType: { S: 'DailyStats' }, ...texts };
  return { ...record, dynamodb: { ...record.dynamodb, NewImage } };
}

function violationOf(record: unknown): ContractViolationError {
  try {
    decodeChange(record);
  } catch (error) {
    if (error instanceof ContractViolationError) return error;
  }
  throw new TypeError('the record keeps its contract');
}

/** How many bytes a dead letter has besides the text of its record. */
async function lengthOfRest(): Promise<number> {
  const { queue, bodies } = keptQueue();
  await queue.accept(poison({ text: '' }), signal);
  return Buffer.byteLength(bodies[0] ?? '');
}

describe('a dead letter that is too large for a message', () => {
  const record = { eventID: 'e/1', dynamodb: { NewImage: { blob: { S: '"'.repeat(600_000) } } } };

  it('lies in the bucket as JSON, and the message says where', async () => {
    const { queue, bodies, puts } = keptQueue();
    await queue.accept(poison(record), signal);
    const at = { bucket: 'letters', key: 'records/order-events/e%2F1.json' };
    const deadLetter = JSON.parse(bodies[0] ?? '');
    expect(ConsumerDeadLetter.parse(deadLetter)).toMatchObject({ eventId: 'e/1', recordAt: at });
    expect(deadLetter).not.toHaveProperty('record');
    expect(puts).toEqual([
      { Bucket: at.bucket, Key: at.key, ContentType: 'application/json', Body: JSON.stringify(record) },
    ]);
  });

  it.each([
    ['ASCII', 'x', 1],
    ['other characters, by their bytes', 'é', 2],
  ])(
    'is one that exceeds the limit of SQS by a byte, not one that meets it: of %s',
    async (_of, one, bytes) => {
      const room = Math.floor((MESSAGE_BYTES - (await lengthOfRest())) / bytes);
      const { queue, puts } = keptQueue();
      await queue.accept(poison({ text: one.repeat(room) }), signal);
      expect(puts).toHaveLength(0);
      await queue.accept(poison({ text: one.repeat(room + 1) }), signal);
      expect(puts).toHaveLength(1);
    },
  );

  it('is named by what is in it where its record names itself by nothing, so that a repeat overwrites it', async () => {
    const { queue, puts } = keptQueue();
    const [one, other] = ['x', 'y'].map((text) => poison({ text: text.repeat(MESSAGE_BYTES) }));
    for (const each of [one, one, other]) if (each) await queue.accept(each, signal);
    const [first, again, second] = puts.map(({ Key }) => Key);
    expect(first).toMatch(/^records\/order-events\/[0-9a-f]{64}\.json$/);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
  });

  it('is also one that SQS calls invalid', async () => {
    const { queue, requests, puts } = keptQueue(refusingOnce('InvalidMessageContents'));
    await queue.accept(poison({ eventID: 'e-1' }), signal);
    expect(requests).toEqual([1, 1]);
    expect(puts.map(({ Key }) => Key)).toEqual(['records/order-events/e-1.json']);
  });

  it('survives the two characters that SQS refuses, in its issues', async () => {
    const { queue, bodies } = keptQueue();
    const error = new ContractViolationError('broken', [{ path: 'a\uFFFE', message: '\uFFFF' }]);
    await queue.accept({ ...poison(record), error }, signal);
    expect(bodies[0]).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(JSON.parse(bodies[0] ?? '').reason.issues).toEqual(error.issues);
  });

  it('is not accepted where the bucket does not take it', async () => {
    const { queue, s3, bodies } = keptQueue();
    const cause = new TypeError('socket hang up');
    vi.spyOn(s3, 'send').mockImplementation(async () => Promise.reject(cause));
    const failure = queue.accept(poison(record), signal);
    await expect(failure).rejects.toBeInstanceOf(DeadLetterRefusedError);
    await expect(failure).rejects.toMatchObject({ cause });
    expect(bodies).toEqual([]);
  });

  it('is not accepted where the queue does not take its message', async () => {
    const { queue } = keptQueue(() => 'AccessDenied');
    await expect(queue.accept(poison(record), signal)).rejects.toThrow(
      new DeadLetterRefusedError('The dead-letter queue refused a dead letter: AccessDenied'),
    );
  });
});

function refusingOnce(code: string): Refusal {
  let refused = false;
  return () => {
    if (refused) return undefined;
    refused = true;
    return code;
  };
}
