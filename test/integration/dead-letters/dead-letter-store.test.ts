import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { systemClock as clock, instantOf } from '../../../pipelines/clock.ts';
import { listDeadLetters } from '../../../pipelines/dead-letters/list/list-dead-letters.ts';
import { takeInBatches } from '../../../pipelines/dead-letters/queue/take-in-batches.ts';
import { replayDeadLetters } from '../../../pipelines/dead-letters/replay/replay-dead-letters.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { DeadLetterQueue } from '../../../pipelines/stream/dead-letter-queue.ts';
import { recordKey } from '../../../pipelines/stream/record-facts.ts';
import {
  objectCreated,
  onFailureOf,
  ownPlaces,
  sqsEventOf,
} from '../../builders/dead-letters/dead-letters.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDbStreams, localS3, promptSqs } from '../parts/clients.ts';
import { interruptedDynamoDb } from '../parts/interrupted-client.ts';
import { createOperationsTable } from '../parts/table.ts';

const { dynamoDb, interruptNext } = interruptedDynamoDb();
const sqs = promptSqs();
const s3 = localS3();
const { signal } = new AbortController();
const bucket = `letters-${randomUUID()}`;
const own = ownPlaces(bucket);
let store: DeadLetterStore;
let queueUrls: Record<ConsumerName, string>;

beforeAll(async () => {
  store = new DeadLetterStore({
    dynamoDb,
    operationsTableName: await createOperationsTable(dynamoDb),
    clock,
  });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
beforeEach(async () => {
  const newQueue = async () =>
    (await sqs.send(new CreateQueueCommand({ QueueName: `letters-${randomUUID()}` }))).QueueUrl ?? '';
  queueUrls = { 'order-events': await newQueue(), 'search-index': await newQueue() };
});

const queueOf = (consumer: ConsumerName) =>
  new DeadLetterQueue({ ...{ sqs, s3, bucket, store, clock, consumer }, queueUrl: queueUrls[consumer] });
const poisonOf = (record: unknown, by: ConsumerName = 'order-events') => ({
  ...{ record, by, attempts: 1, firstSeenAt: instantOf(clock.now()) },
  error: new ContractViolationError('broken', [{ path: 'NewImage.total', message: 'expected number' }]),
});
const newRecord = () => insertOf(orderItem({ orderId: ulid(), userId: `u-${ulid()}` }));
const idsOnQueue = async (consumer: ConsumerName) =>
  (
    await listDeadLetters({
      ...{ ...own, sqs, s3, clock, signal, isMeant: () => true, limit: 100, messagesMax: 100 },
      queue: { queueUrl: queueUrls[consumer], consumer },
    })
  ).deadLetters.map(({ id }) => id);
const isKilled = async () => Promise.reject(new Error('The process is killed'));

describe('a record that a consumer sends to the dead-letter queue', () => {
  it('is on no queue where the process is killed before the store knows it', async () => {
    interruptNext(isKilled);
    await expect(queueOf('order-events').accept(poisonOf(newRecord()), signal)).rejects.toMatchObject({
      code: 'dead-letter-refused',
    });
    expect(await idsOnQueue('order-events')).toEqual([]);
  });

  it('is known where the process is killed before it is open, and open after the next delivery', async () => {
    const poison = poisonOf(newRecord());
    interruptNext(async (send) => {
      const response = await send();
      interruptNext(isKilled);
      return response;
    });
    await expect(queueOf('order-events').accept(poison, signal)).rejects.toThrow();
    const [id] = await idsOnQueue('order-events');
    expect(id && (await store.get(id))).toMatchObject({ state: 'unqueued' });
    expect(await queueOf('order-events').accept(poison, signal)).toBe(id);
    expect(id && (await store.get(id))).toMatchObject({ state: 'waiting', attempts: 1 });
  });

  it('is one dead letter, however often it is delivered', async () => {
    const poison = poisonOf(newRecord());
    const [one, other] = [
      await queueOf('order-events').accept(poison, signal),
      await queueOf('order-events').accept(poison, signal),
    ];
    expect(await idsOnQueue('order-events')).toEqual([one, other]);
    expect(one).toBe(other);
    expect(await store.get(one)).toMatchObject({ state: 'waiting', attempts: 1 });
  });

  it('has a dead letter of each consumer, and both are found by its item', async () => {
    const record = newRecord();
    const ids = [
      await queueOf('order-events').accept(poisonOf(record), signal),
      await queueOf('search-index').accept(poisonOf(record, 'search-index'), signal),
    ];
    const key = recordKey(record) ?? { pk: '', sk: '' };
    expect((await store.ofItem(key)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(2);
  });
});

describe('a batch that Lambda gave up', () => {
  it('is in the store before a pass reads its queue, and becomes dead letters of its records', async () => {
    const key = `aws/lambda/${randomUUID()}`;
    const record = newRecord();
    const batch = onFailureOf({ batchSize: 1 }, { Records: [record] });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(batch) }));
    const body = JSON.stringify(objectCreated(bucket, key));
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrls['order-events'], MessageBody: body }));
    const logger = keptLog();
    expect(await takeInBatches(sqsEventOf(body, clock.now()), { ...own, s3, store, logger })).toEqual({
      batchItemFailures: [],
    });
    const [batchId] = await idsOnQueue('order-events');
    expect(batchId && (await store.get(batchId))).toMatchObject({
      ...{ state: 'waiting', kind: 'batch', records: 1, entity: 'Order' },
      reason: { code: 'RetryAttemptsExhausted' },
    });

    const failing = {
      replayRecord: async () => Promise.reject(new ContractViolationError('broken')),
      deadLetters: queueOf('order-events'),
    };
    await replayDeadLetters({
      ...{ ...own, sqs, s3, clock, store, signal, limit: 10, messagesMax: 10, actor: 'ada' },
      queue: { queueUrl: queueUrls['order-events'], consumer: 'order-events' },
      consumers: { 'order-events': failing, 'search-index': failing },
      streams: localDynamoDbStreams(),
      rateLimiter: { acquire: async () => undefined },
      whenTrimmed: async () => [],
      decide: (summary) => (summary.id === batchId ? 'replay' : 'skip'),
      report: () => undefined,
    });
    expect(batchId && (await store.get(batchId))).toMatchObject({ state: 'replayed' });
    const [id] = await idsOnQueue('order-events');
    expect(id && (await store.get(id))).toMatchObject({
      ...{ state: 'waiting', kind: 'record', batch: batchId },
      history: [{ by: 'ada', outcome: 'failed' }],
    });
  });

  it('of no consumer is delivered again', async () => {
    const logger = keptLog();
    const event = sqsEventOf(JSON.stringify(objectCreated('other', 'aws/lambda/k')), clock.now());
    expect(await takeInBatches(event, { ...own, s3, store, logger })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
  });

  it.each([
    ['fails at the moment', new S3ServiceException({ name: 'SlowDown', $fault: 'server', $metadata: {} })],
    ['denies', new S3ServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {} })],
  ])('whose bucket %s is delivered again, and is not unreadable', async (_, failure) => {
    const body = JSON.stringify(objectCreated(bucket, `aws/lambda/${randomUUID()}`));
    const failing = Object.assign(localS3(), { send: () => Promise.reject(failure) });
    const add = vi.fn();
    const deps = { ...own, s3: failing, store: { add }, logger: keptLog() };
    expect(await takeInBatches(sqsEventOf(body, clock.now()), deps)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
    expect(add).not.toHaveBeenCalled();
  });

  it.each([
    ['is lost', undefined],
    ['is no batch', '{}'],
  ])('whose object %s is unreadable', async (_, contents) => {
    const key = `aws/lambda/${randomUUID()}`;
    if (contents !== undefined)
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: contents }));
    const add = vi.fn();
    const event = sqsEventOf(JSON.stringify(objectCreated(bucket, key)), clock.now());
    expect(await takeInBatches(event, { ...own, s3, store: { add }, logger: keptLog() })).toEqual({
      batchItemFailures: [],
    });
    expect(add).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ kind: 'unreadable' }), 'waiting');
  });
});
