import { randomUUID } from 'node:crypto';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COUNTED_ATTEMPTS_MAX } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { erasedShipTo } from '../../../contracts/entities/order.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { tableArn } from '../../../infra/local/template/local-names.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { listDeadLetters } from '../../../pipelines/dead-letters/list/list-dead-letters.ts';
import { messageSummary } from '../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import { replayAutomatically } from '../../../pipelines/dead-letters/replay/automatic-replay.ts';
import { changedWithin } from '../../../pipelines/dead-letters/replay/changed-within.ts';
import type { ReplayResult } from '../../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import {
  type ReplayDeadLettersOptions,
  replayDeadLetters,
} from '../../../pipelines/dead-letters/replay/replay-dead-letters.ts';
import { replayOrderEvents } from '../../../pipelines/dead-letters/replay/replay-records.ts';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { DeadLetterQueue } from '../../../pipelines/stream/dead-letter-queue.ts';
import type { StreamChange } from '../../../pipelines/stream/stream-change.ts';
import {
  deadLetterOf,
  FIRST_SEEN_AT,
  objectCreated,
  onFailureOf,
  ownPlaces,
  testEvent,
} from '../../builders/dead-letters/dead-letters.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb, localDynamoDbStreams, localS3, promptSqs } from '../parts/clients.ts';
import { createOperationsTable, createStreamedTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const clients = {
  dynamoDb: localDynamoDb(),
  streams: localDynamoDbStreams(),
  sqs: promptSqs(),
  s3: localS3(),
};
const { sqs, s3, dynamoDb, streams } = clients;
const { signal } = new AbortController();
const bucket = `letters-${randomUUID()}`;
let table: TestTable;
let queueUrl: string;
let store: DeadLetterStore;
let handled: StreamChange[];
let failing: (change: StreamChange) => Error | undefined;

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createStreamedTable(dynamoDb));
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const operationsTableName = await createOperationsTable(dynamoDb);
  store = new DeadLetterStore({ dynamoDb, operationsTableName, clock: systemClock });
});
beforeEach(async () => {
  const queue = await sqs.send(new CreateQueueCommand({ QueueName: `letters-${randomUUID()}` }));
  queueUrl = queue.QueueUrl ?? '';
  handled = [];
  failing = () => undefined;
});

const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });
/** The record of an order that the table holds. */
async function placed() {
  const order = newOrder();
  await table.put(order);
  return insertOf(order);
}
const broken = (order: object): ItemKey & Record<string, unknown> => ({
  ...newOrder(),
  ...order,
  total: '2500',
});
const thisStack = () => ownPlaces(bucket, tableArn(table.tableName));
/** A stream that the table had. */
const streamArn = () => `${tableArn(table.tableName)}/stream/before`;
const send = (body: object) =>
  sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));

/** What a replay needs, with a consumer that fails where `failing` says so. */
function replayDeps() {
  const { tableName } = table;
  const consumer = {
    handle: async (change: StreamChange) => {
      const error = failing(change);
      if (error !== undefined) throw error;
      handled.push(change);
    },
  };
  const deadLetters = new DeadLetterQueue({
    ...{ sqs, s3, queueUrl, bucket, store },
    consumer: 'order-events',
    clock: systemClock,
  });
  const own = { replayRecord: replayOrderEvents(consumer, { dynamoDb, tableName }), deadLetters };
  return {
    ...{ ...clients, ...thisStack(), clock: systemClock, store, actor: 'ada', signal },
    consumers: { 'order-events': own, 'search-index': own },
    rateLimiter: { acquire: async () => undefined },
  };
}

async function replay(overrides: Partial<ReplayDeadLettersOptions> = {}) {
  const results: ReplayResult[] = [];
  const end = await replayDeadLetters({
    ...replayDeps(),
    queue: { queueUrl, consumer: 'order-events' },
    whenTrimmed: (range, within) => changedWithin(dynamoDb, table.tableName, range, within),
    decide: () => 'replay',
    limit: 1_000,
    messagesMax: 1_000,
    report: (result) => results.push(result),
    ...overrides,
  });
  return { end, results, outcomes: results.map(({ outcome }) => outcome) };
}

const deadLettersOn = async (url: string, consumer?: ConsumerName) =>
  (
    await listDeadLetters({
      ...{
        ...thisStack(),
        sqs,
        s3,
        clock: systemClock,
        signal,
        isMeant: () => true,
        limit: 1_000,
        messagesMax: 1_000,
      },
      queue: { queueUrl: url, consumer },
    })
  ).deadLetters;
const onQueue = () => deadLettersOn(queueUrl, 'order-events');
const summaries = async () => (await onQueue()).map(messageSummary);

describe('a dead letter of a consumer', () => {
  it('whose record is sound is replayed as it is, and deleted', async () => {
    const order = newOrder();
    await table.put(order);
    await send(deadLetterOf(insertOf(order)));
    const { end, results } = await replay();
    expect([end, results]).toEqual([
      'done',
      [expect.objectContaining({ outcome: 'replayed', from: ['payload'] })],
    ]);
    expect(handled).toEqual([expect.objectContaining({ kind: 'INSERT', newItem: order })]);
    expect(await onQueue()).toEqual([]);
  });

  it('whose item was repaired is replayed from the table', async () => {
    const order = newOrder();
    await table.put(order);
    await send(deadLetterOf(insertOf(broken(order))));
    expect((await replay()).outcomes).toEqual(['replayed']);
    expect(handled).toEqual([
      expect.objectContaining({ kind: 'MODIFY', newItem: order, oldItem: undefined }),
    ]);
  });

  it('whose item was repaired and erased since has no event left, and is deleted', async () => {
    const order = newOrder();
    await table.put({ ...order, shipTo: erasedShipTo(order.shipTo) });
    await send(deadLetterOf(insertOf(broken(order))));
    expect((await replay()).outcomes).toEqual(['replayed']);
    expect([handled, await onQueue()]).toEqual([[], []]);
  });

  it('whose item was deleted has nothing to do, and is deleted', async () => {
    await send(deadLetterOf(insertOf(broken({}))));
    expect((await replay()).outcomes).toEqual(['item-deleted']);
    expect([handled, await onQueue()]).toEqual([[], []]);
  });

  it('whose item is still broken stays, with one attempt more and what is wrong now', async () => {
    const item = broken({});
    await table.put({ ...item, currency: 7 });
    await send(deadLetterOf(insertOf(item)));
    const { results } = await replay();
    expect(results).toMatchObject([{ outcome: 'failed', code: 'contract-violation', isOutage: false }]);
    expect((await onQueue()).map(({ contents }) => contents)).toEqual([
      expect.objectContaining({
        kind: 'record',
        deadLetter: expect.objectContaining({
          attempts: 2,
          firstSeenAt: FIRST_SEEN_AT,
          reason: expect.objectContaining({
            issues: expect.arrayContaining([expect.objectContaining({ path: 'NewImage.currency' })]),
          }),
        }),
      }),
    ]);
  });

  it('that has failed as often as is counted stays a dead letter when it fails again', async () => {
    await send(deadLetterOf(await placed(), { attempts: COUNTED_ATTEMPTS_MAX }));
    failing = () => new SinkRefusedError('no');
    expect((await replay()).outcomes).toEqual(['failed']);
    expect(await summaries()).toMatchObject([{ kind: 'record', attempts: COUNTED_ATTEMPTS_MAX }]);
  });

  it('that fails again is met once in a replay', async () => {
    for (let deadLetter = 0; deadLetter < 12; deadLetter += 1) await send(deadLetterOf(await placed()));
    failing = () => new SinkRefusedError('no');
    const { outcomes } = await replay();
    expect(outcomes).toEqual(Array.from({ length: 12 }, () => 'failed'));
    expect((await summaries()).map(({ attempts }) => attempts)).toEqual(Array.from({ length: 12 }, () => 2));
  });

  it('too large for a message is fetched from the bucket', async () => {
    const order = newOrder();
    await table.put(order);
    const key = `records/order-events/${randomUUID()}.json`;
    const { record, ...deadLetter } = { record: undefined, ...deadLetterOf(insertOf(order)) };
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(record) }));
    await send({ ...deadLetter, recordAt: { bucket, key } });
    expect((await replay()).results).toMatchObject([{ outcome: 'replayed', from: ['bucket'] }]);
    expect(handled).toMatchObject([{ newItem: order }]);
  });

  it('whose object was deleted from the bucket stays, for a person to look at', async () => {
    const { record: _, ...deadLetter } = { record: undefined, ...deadLetterOf(await placed()) };
    await send({ ...deadLetter, recordAt: { bucket, key: 'records/none.json' } });
    expect((await replay()).outcomes).toEqual(['unreadable']);
    expect(await summaries()).toMatchObject([{ kind: 'unreadable' }]);
  });
});

describe('a batch that Lambda gave up', () => {
  const batchOf = async (...records: readonly unknown[]) => {
    const key = `aws/lambda/mapping/${randomUUID()}`;
    const about = { batchSize: records.length, streamArn: streamArn() };
    const body = onFailureOf(about, JSON.stringify({ Records: records }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(body) }));
    await send(objectCreated(bucket, key));
  };

  it('is replayed from the bucket, and deleted', async () => {
    await batchOf(await placed(), await placed());
    expect((await replay()).results).toMatchObject([
      { outcome: 'replayed', from: ['bucket'], records: { replayed: 2, failed: 0 } },
    ]);
    expect(await onQueue()).toEqual([]);
  });

  it('leaves a dead letter for each record that fails permanently', async () => {
    const item = broken({});
    await table.put(item);
    const poison = insertOf(item);
    await batchOf(await placed(), poison, await placed());
    expect((await replay()).results).toMatchObject([
      { outcome: 'failed', records: { replayed: 2, failed: 1 } },
    ]);
    expect((await onQueue()).map(({ contents }) => contents)).toMatchObject([
      { kind: 'record', record: poison, deadLetter: { attempts: 1, reason: { code: 'contract-violation' } } },
    ]);
  });

  it('stays one message when a sink is out, with one attempt more, and the replay ends', async () => {
    await batchOf(...(await Promise.all(Array.from({ length: 5 }, placed))));
    failing = () => new TransientError('The sink is out');
    for (const attempts of [2, 3]) {
      expect(await replay()).toMatchObject({ end: 'outage', outcomes: ['failed'] });
      expect(await summaries()).toMatchObject([{ kind: 'batch', records: 5, attempts }]);
    }
    failing = () => undefined;
    expect((await replay()).outcomes).toEqual(['replayed']);
  });

  /** A replay that is over after so many records, as a request of the API is over after some seconds. */
  const request = (permits: number) => {
    const controller = new AbortController();
    let left = permits;
    const acquire = async () => {
      left -= 1;
      if (left < 0) controller.abort();
    };
    return replay({ signal: controller.signal, rateLimiter: { acquire } });
  };
  const skOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.['sk']?.S ?? '';
  const handledSks = () => handled.map(({ key }) => key.sk);

  it('larger than a request is replayed by several, each record once', async () => {
    const records = await Promise.all(Array.from({ length: 25 }, placed));
    await batchOf(...records);
    const ends = [];
    for (let requests = 0; requests < 3; requests += 1) ends.push(await request(10));
    expect(ends.map(({ outcomes }) => outcomes)).toEqual([['interrupted'], ['interrupted'], ['replayed']]);
    expect(ends.map(({ results }) => results[0]?.records.replayed)).toEqual([10, 10, 5]);
    expect(handledSks().toSorted()).toEqual(records.map(skOf).toSorted());
    expect(await onQueue()).toEqual([]);
  });

  it('larger than a request leaves the records that fail permanently, and is no failure of its own', async () => {
    const items = [broken({}), broken({})];
    await table.put(...items);
    const [first, last] = items.map((item) => insertOf(item));
    await batchOf(first, await placed(), await placed(), last);
    expect((await request(2)).results).toMatchObject([
      { outcome: 'interrupted', records: { replayed: 1, failed: 1 } },
    ]);
    expect((await summaries()).map(({ kind, attempts }) => [kind, attempts]).toSorted()).toEqual([
      ['batch', 1],
      ['record', 1],
    ]);
    expect((await request(4)).outcomes.toSorted()).toEqual(['failed', 'failed']);
    expect(handled).toHaveLength(2);
    expect((await summaries()).map(({ kind }) => kind)).toEqual(['record', 'record']);
  });

  it('is finished before the next one begins, so that a request that is over cuts off one of them', async () => {
    for (let batch = 0; batch < 3; batch += 1)
      await batchOf(...(await Promise.all(Array.from({ length: 10 }, placed))));
    expect((await request(15)).outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(1);
    expect((await request(15)).outcomes).toEqual(['replayed', 'replayed']);
    expect([new Set(handledSks()).size, handled.length, await onQueue()]).toEqual([30, 30, []]);
  });

  it('goes on after an outage at the first record that is not done', async () => {
    const records = await Promise.all(Array.from({ length: 5 }, placed));
    const last = records.slice(3).map(skOf);
    await batchOf(...records);
    failing = ({ key }) => (last.includes(key.sk) ? new TransientError('The sink is out') : undefined);
    expect(await replay()).toMatchObject({ end: 'outage', outcomes: ['failed'] });
    failing = () => undefined;
    expect((await replay()).results).toMatchObject([{ outcome: 'replayed', records: { replayed: 2 } }]);
    expect([new Set(handledSks()).size, handled.length]).toEqual([5, 5]);
  });

  it('that meets an outage leaves the next one as it is', async () => {
    for (let batch = 0; batch < 3; batch += 1) await batchOf(await placed());
    failing = () => new TransientError('The sink is out');
    expect(await replay()).toMatchObject({ end: 'outage', outcomes: ['failed'] });
    expect((await summaries()).map(({ attempts }) => attempts).toSorted()).toEqual([1, 1, 2]);
  });
});

describe("Lambda's pointers", () => {
  it('are followed into the stream', async () => {
    const orders = [newOrder(), newOrder()];
    await table.put(newOrder(), ...orders, newOrder());
    await send(onFailureOf(await rangeOf(table.tableName, orders)));
    const { results } = await replay();
    expect(results).toMatchObject([{ outcome: 'replayed', from: ['stream'] }]);
    // Records of two items are replayed at the same time.
    const inOrder = handled.toSorted((one, other) => (one.key.sk < other.key.sk ? -1 : 1));
    const expected = orders.toSorted((one, other) => (one.sk < other.sk ? -1 : 1));
    expect(inOrder).toMatchObject(expected.map((newItem) => ({ kind: 'INSERT', newItem })));
  });

  it.each([
    ['has trimmed its records', trimmed(streams)],
    ['does not know the shard', streams],
  ])('lead to the current state of the table when the stream %s', async (_, some) => {
    const day = ulid();
    const updatedAt = '2026-04-01T12:00:00.000Z';
    const [inside, outside] = [
      orderItem({ orderId: ulid(), userId: `u-${day}`, updatedAt }),
      orderItem({ orderId: ulid(), userId: `u-${day}`, updatedAt: '2026-04-01T13:00:00.000Z' }),
    ];
    await table.put(inside, outside);
    const arrival = '2026-04-01T12:00:01Z';
    const range = await rangeOf(table.tableName, [inside]);
    const shardId = some === streams ? 'shardId-00000000000000000000-00000000' : range.shardId;
    const times = { approximateArrivalOfFirstRecord: arrival, approximateArrivalOfLastRecord: arrival };
    await send(onFailureOf({ ...range, ...times, shardId }));
    expect((await replay({ streams: some })).results).toMatchObject([
      { outcome: 'replayed', from: ['table'] },
    ]);
    const ofThisTest = handled.filter(({ key }) => key.pk === inside.pk);
    expect(ofThisTest).toMatchObject([{ kind: 'MODIFY', newItem: inside }]);
  });

  it('lead to an order that was erased since, as a change that has no event', async () => {
    const updatedAt = '2026-05-01T12:00:00.000Z';
    const order = orderItem({ orderId: ulid(), userId: `u-${ulid()}`, updatedAt });
    const erased = { ...order, shipTo: erasedShipTo(order.shipTo) };
    await table.put(erased);
    const times = { approximateArrivalOfFirstRecord: updatedAt, approximateArrivalOfLastRecord: updatedAt };
    await send(onFailureOf({ ...(await rangeOf(table.tableName, [erased])), ...times }));
    expect((await replay({ streams: trimmed(streams) })).outcomes).toEqual(['replayed']);
    const ofThisTest = handled.filter(({ key }) => key.pk === erased.pk);
    expect(ofThisTest).toEqual([
      expect.objectContaining({ kind: 'MODIFY', newItem: erased, oldItem: erased }),
    ]);
  });
});

describe('a replay', () => {
  it('that is interrupted returns what it has not done, and can be repeated', async () => {
    const orders = Array.from({ length: 15 }, newOrder);
    await table.put(...orders);
    for (const order of orders) await send(deadLetterOf(insertOf(order)));
    const interrupted = new AbortController();
    const stopping = { acquire: async () => (handled.length >= 4 ? interrupted.abort() : undefined) };
    expect(await replay({ signal: interrupted.signal, rateLimiter: stopping })).toMatchObject({
      end: 'interrupted',
    });
    expect(handled.length).toBeLessThan(15);
    await replay();
    expect(new Set(handled.map(({ key }) => key.sk))).toEqual(new Set(orders.map(({ sk }) => sk)));
    expect(await onQueue()).toEqual([]);
  });

  it('beside another shares the dead letters with it, and leaves none', async () => {
    for (let deadLetter = 0; deadLetter < 25; deadLetter += 1) await send(deadLetterOf(await placed()));
    const [one, other] = await Promise.all([replay(), replay()]);
    expect(one.results.length + other.results.length).toBe(25);
    expect([handled.length, await onQueue()]).toEqual([25, []]);
  });

  it('takes no more than its limit, and leaves the rest', async () => {
    for (let deadLetter = 0; deadLetter < 5; deadLetter += 1) await send(deadLetterOf(await placed()));
    expect((await replay({ limit: 2 })).outcomes).toEqual(['replayed', 'replayed']);
    expect(await onQueue()).toHaveLength(3);
  });

  it('ignores test events of S3 and leaves what it cannot read', async () => {
    await send(testEvent(bucket));
    await send({ hello: 'world' });
    expect((await replay()).outcomes.toSorted()).toEqual(['ignored', 'unreadable']);
    expect(await summaries()).toMatchObject([{ kind: 'unreadable' }]);
  });
});

describe('an automatic replay', () => {
  const transient = { code: 'search-unavailable', message: 'OpenSearch did not answer', issues: [] };
  const automaticallyReplayed = async () => {
    const parked = await sqs.send(new CreateQueueCommand({ QueueName: `parked-${randomUUID()}` }));
    const parkedQueueUrl = parked.QueueUrl ?? '';
    const logger = keptLog();
    const summary = await replayAutomatically({
      ...{ ...replayDeps(), logger, parkedQueueUrl, attemptsMax: 5 },
      queues: [{ queueUrl, consumer: 'order-events' }],
    });
    return { summary, logger, parked: await deadLettersOn(parkedQueueUrl) };
  };

  it('replays what failed for a sink, and leaves what a person must fix', async () => {
    await send(deadLetterOf(await placed(), { reason: transient }));
    await send(deadLetterOf(await placed()));
    const { summary } = await automaticallyReplayed();
    expect(summary).toEqual({ outcomes: { replayed: 1 }, unreadable: 0, ends: ['done'] });
    expect(await summaries()).toMatchObject([{ reason: 'contract-violation', attempts: 1 }]);
  });

  it('parks what has failed as often as allowed, of either shape, and each names its consumer', async () => {
    const deadLetter = deadLetterOf(await placed(), { reason: transient, attempts: 5 });
    await send(deadLetter);
    const attribute = { DataType: 'Number', StringValue: '5' };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(onFailureOf({ streamArn: streamArn() })),
        MessageAttributes: { attempts: attribute },
      }),
    );
    const { summary, parked } = await automaticallyReplayed();
    expect(summary.outcomes).toEqual({ parked: 2 });
    expect(parked.map(messageSummary)).toMatchObject([
      { consumer: 'order-events', attempts: 5 },
      { consumer: 'order-events', attempts: 5 },
    ]);
    expect(await onQueue()).toEqual([]);
  });

  it('leaves pointers that only a scan of the table could replace, with one attempt more', async () => {
    await send(onFailureOf({ streamArn: streamArn() }));
    expect((await automaticallyReplayed()).summary).toEqual({
      outcomes: { failed: 1 },
      unreadable: 0,
      ends: ['done'],
    });
    expect(await summaries()).toMatchObject([{ kind: 'pointers', attempts: 2 }]);
  });

  it('logs nothing of what is in a dead letter', async () => {
    await send(deadLetterOf(await placed(), { reason: transient }));
    const { logger } = await automaticallyReplayed();
    expect(logger.lines.join()).not.toContain('Ada Example');
  });
});

describe('listing dead letters', () => {
  it('leaves them where they are, for the next to receive at once', async () => {
    for (let deadLetter = 0; deadLetter < 12; deadLetter += 1) await send(deadLetterOf(await placed()));
    expect(await onQueue()).toHaveLength(12);
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages).toHaveLength(10);
  });
});

/** Where in the stream the first writes of those items lie. */
async function rangeOf(tableName: string, items: readonly { readonly sk: string }[]) {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = Table?.LatestStreamArn ?? '';
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  for (const { ShardId: shardId = '' } of StreamDescription?.Shards ?? []) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    );
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    const numbers = items.map(
      ({ sk }) => Records.find(({ dynamodb }) => dynamodb?.Keys?.['sk']?.S === sk)?.dynamodb?.SequenceNumber,
    );
    const [startSequenceNumber, endSequenceNumber = ''] = [numbers.at(0), numbers.at(-1)];
    if (startSequenceNumber !== undefined)
      return { streamArn, shardId, startSequenceNumber, endSequenceNumber };
  }
  throw new Error('The stream has no such records');
}

/** A client of a stream that has trimmed all of its records. */
function trimmed(client: DynamoDBStreamsClient): DynamoDBStreamsClient {
  return new Proxy(client, {
    get: (target, name) =>
      name === 'send'
        ? () => Promise.reject(new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} }))
        : Reflect.get(target, name),
  });
}
