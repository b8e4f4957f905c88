import { randomUUID } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { type ActivityItem, activityPartition } from '../../../contracts/operations/operations-items.ts';
import { parse } from '../../../contracts/reading.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import { ActivityLog } from '../../../pipelines/operations/activity.ts';
import { type DeadLetterEntry, deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { FailureLog } from '../../../pipelines/operations/failures.ts';
import { openCauses } from '../../../pipelines/status/open-dead-letters.ts';
import { probeSinks, type SinkProbesDeps } from '../../../pipelines/status/probe-sinks.ts';
import { heldPauses, readPauses } from '../../../pipelines/status/read-pauses.ts';
import { readStatus } from '../../../pipelines/status/read-status.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { localDynamoDb, localOpenSearch, localSns, localSqs } from '../parts/clients.ts';
import { createOperationsTable, createTestTable } from '../parts/table.ts';

const dynamoDb = localDynamoDb();
const sns = localSns();
const sqs = localSqs();
let deps: SinkProbesDeps;

beforeAll(async () => {
  const topic = await sns.send(new CreateTopicCommand({ Name: `orders-${randomUUID()}` }));
  const queue = await sqs.send(new CreateQueueCommand({ QueueName: `dead-letters-${randomUUID()}` }));
  deps = {
    ...{ dynamoDb, sns, sqs, openSearch: localOpenSearch() },
    tableName: await createTestTable(dynamoDb),
    operationsTableName: await createOperationsTable(dynamoDb),
    topicArn: topic.TopicArn ?? '',
    deadLetterQueueUrls: [queue.QueueUrl ?? ''],
  };
});

describe('a probe', () => {
  it('finds tables, topic and queues that respond', async () => {
    const names = ['table', 'operations-table', 'topic', 'dead-letter-queues'] as const;
    const states = await probeSinks(deps, names);
    expect(states).toEqual(names.map((name) => ({ name, state: 'ok', latencyMs: expect.any(Number) })));
  });

  it('finds a topic, a table and a queue that do not exist', async () => {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `gone-${randomUUID()}` }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    const absent = {
      ...deps,
      topicArn: TopicArn,
      tableName: 'absent',
      deadLetterQueueUrls: [`${deps.deadLetterQueueUrls[0]}-absent`],
    };
    const states = await probeSinks(absent, ['topic', 'table', 'dead-letter-queues']);
    expect(states.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing']);
  });

  it('finds an index that does not exist', async () => {
    const { transport } = deps.openSearch;
    const absent: SinkProbesDeps['openSearch'] = {
      transport: {
        request: (request, limits) =>
          transport.request({ ...request, path: `/absent-${randomUUID()}/_doc/probe` }, limits),
      },
    };
    const [openSearch] = await probeSinks({ ...deps, openSearch: absent }, ['open-search']);
    expect(openSearch).toMatchObject({ state: 'missing', code: 'index_not_found_exception' });
  });

  it('ends within its time where nothing responds', async () => {
    const silent = {
      transport: {
        request: () => Object.assign(new Promise<never>(() => undefined), { abort: () => undefined }),
      },
    };
    const [openSearch] = await probeSinks({ ...deps, openSearch: silent }, ['open-search'], 200);
    expect(openSearch?.state).toBe('no-response');
  });
});

describe('the open dead letters', () => {
  const at = (minute: number) => parse(Instant, `2026-03-01T12:0${minute}:00.000Z`);
  const entry = (minute: number, changes: Partial<DeadLetterEntry> = {}): DeadLetterEntry => ({
    id: deadLetterIdOf('order-events', `e-${minute}`),
    consumer: 'order-events',
    kind: 'record',
    reason: { code: 'contract-violation', message: 'wrong', issues: [] },
    entity: 'Order',
    records: 1,
    attempts: 1,
    firstSeenAt: at(minute),
    failedAt: at(minute),
    ...changes,
  });
  const never = new AbortController().signal;

  it('are counted by consumer, cause and state, and those that have ended are not', async () => {
    const store = new DeadLetterStore({ ...deps, clock: { now: () => new Date(at(9)) } });
    const refused = { reason: { code: 'sink-refused', message: 'no', issues: [] } };
    await Promise.all([
      store.add(entry(1), 'waiting'),
      store.add(entry(2), 'waiting'),
      store.add(entry(3), 'parked'),
      store.add(entry(4, refused), 'waiting'),
      store.add(entry(5, { consumer: 'search-index' }), 'waiting'),
      store.add(entry(6), 'waiting'),
    ]);
    await store.end(entry(6).id, 'replayed', 'ada');
    const { causes, isCutShort } = await openCauses(store, at(2), never);
    expect(isCutShort).toBe(false);
    expect(causes.toSorted((one, other) => (one.firstAt < other.firstAt ? -1 : 1))).toMatchObject([
      {
        consumer: 'order-events',
        code: 'contract-violation',
        message: 'wrong',
        waiting: 2,
        parked: 0,
        firstAt: at(1),
        lastAt: at(2),
        recent: 1,
        keptUntil: '2026-03-15T12:09:00.000Z',
      },
      {
        consumer: 'order-events',
        code: 'contract-violation',
        waiting: 0,
        parked: 1,
        firstAt: at(3),
        recent: 1,
      },
      { consumer: 'order-events', code: 'sink-refused', waiting: 1 },
      { consumer: 'search-index', code: 'contract-violation', waiting: 1 },
    ]);
  });
});

describe('who paused a consumer', () => {
  let operationsTableName: string;
  beforeEach(async () => {
    operationsTableName = await createOperationsTable(dynamoDb);
  });
  const instant = (at: string) => parse(Instant, at);
  const pause = (
    by: string,
    at: string,
    outcome: 'done' | 'failed' = 'done',
    action: 'pause' | 'resume' = 'pause',
  ) =>
    new ActivityLog({
      ...{ dynamoDb, operationsTableName, clock: { now: () => new Date(at) } },
      onLostEnd: (_entry, error) => expect.fail(String(error)),
    }).record({ by, action, target: 'search-index' }, async () => ({
      result: undefined,
      end: { outcome, detail: '' },
    }));
  /** Who paused search-index, whose mapping changed at a time. */
  const pausedBy = async (changedAt: string, state = 'Disabled') => {
    const enabled = { state: 'Enabled', lastProcessingResult: 'OK', maximumRecordAgeSeconds: 21_600 };
    const mappings = {
      'order-events': enabled,
      'search-index': { ...enabled, state, changedAt: instant(changedAt) },
    };
    const { signal } = new AbortController();
    return (await readPauses({ dynamoDb, operationsTableName }, mappings, signal))['search-index']?.by;
  };

  it('is known where the mapping changes on the next day, and in the next month', async () => {
    await pause('olga', '2026-02-28T23:59:59.800Z');
    expect(await pausedBy('2026-03-01T00:00:01.000Z')).toBe('olga');
  });

  it('is known where the clock of the operator is ahead', async () => {
    await pause('olga', '2026-03-01T00:00:00.200Z');
    expect(await pausedBy('2026-02-28T23:59:58.000Z')).toBe('olga');
  });

  it('is who did it last and was not refused', async () => {
    await pause('ada', '2026-03-01T11:59:00.000Z');
    await pause('olga', '2026-03-01T11:59:59.000Z');
    await pause('max', '2026-03-01T12:00:01.000Z', 'failed');
    expect(await pausedBy('2026-03-01T12:00:00.000Z')).toBe('olga');
    expect(await pausedBy('2026-03-01T12:00:00.000Z', 'Enabled')).toBeUndefined();
  });

  it('is known where the mapping changes again within a week', async () => {
    await pause('olga', '2026-03-01T11:59:59.000Z');
    expect(await pausedBy('2026-03-01T18:00:00.000Z')).toBe('olga');
    expect(await pausedBy('2026-03-08T12:00:00.000Z')).toBeUndefined();
  });

  it('is not known where it was resumed since', async () => {
    await pause('olga', '2026-03-01T11:00:00.000Z');
    await pause('max', '2026-03-01T12:00:00.000Z', 'failed', 'resume');
    expect(await pausedBy('2026-03-01T18:00:00.000Z')).toBe('olga');
    await pause('ada', '2026-03-01T12:00:01.000Z', 'done', 'resume');
    expect(await pausedBy('2026-03-01T18:00:00.000Z')).toBeUndefined();
  });

  it('is not known where it read after its last invocations must have ended', () => {
    const pauses = { 'search-index': { by: 'olga', at: instant('2026-03-01T12:00:00.000Z') } };
    const held = (at: string) => heldPauses(pauses, { 'search-index': { at: instant(at) } });
    expect(held('2026-03-01T12:15:00.000Z')).toEqual(pauses);
    expect(held('2026-03-01T12:16:00.000Z')).toEqual({});
    expect(heldPauses(pauses, { 'search-index': { at: undefined } })).toEqual(pauses);
  });

  it('is known where another entry violates its contract', async () => {
    await pause('olga', '2026-03-01T11:59:58.000Z');
    const at = instant('2026-03-01T11:59:59.000Z');
    const item: Partial<ActivityItem> = {
      ...{ pk: activityPartition(at), sk: `${at}#malformed`, action: 'pause', target: 'search-index' },
      outcome: 'done',
    };
    await dynamoDb.send(new PutItemCommand({ TableName: operationsTableName, Item: marshall(item) }));
    expect(await pausedBy('2026-03-01T12:00:00.000Z')).toBe('olga');
  });
});

it('the status of a consumer that failed when it was paused counts from the record that it failed at', async () => {
  const at = new Date('2026-03-01T12:00:00.000Z');
  const hoursAgo = (hours: number) => new Date(at.getTime() - hours * 3_600_000);
  const operationsTableName = await createOperationsTable(dynamoDb);
  const failures = new FailureLog({
    ...{ dynamoDb, operationsTableName, logger: keptLog(), consumer: 'search-index' },
    clock: { now: () => hoursAgo(4) },
  });
  const failed = { eventId: 'e1', recordAt: hoursAgo(5), error: new TypeError('wrong'), records: 1 };
  await failures.write({ first: failed, handled: [] }, new AbortController().signal);
  const lambda = new LambdaClient({ region: 'eu-central-1' });
  const mapping = { LastProcessingResult: 'OK', MaximumRecordAgeInSeconds: 21_600 };
  vi.spyOn(lambda, 'send').mockImplementation(async ({ input }) =>
    'UUID' in input && input.UUID === 'search'
      ? { ...mapping, State: 'Disabled', LastModified: hoursAgo(4) }
      : { ...mapping, State: 'Enabled' },
  );
  const cloudWatch = new CloudWatchClient({ region: 'eu-central-1' });
  vi.spyOn(cloudWatch, 'send').mockImplementation(async () => ({}));
  const { problems } = await readStatus({
    ...{ ...deps, operationsTableName, lambda, cloudWatch, service: 'shop', clock: { now: () => at } },
    functions: { 'order-events': 'events', 'search-index': 'search' },
    mappingId: async (consumer) => (consumer === 'order-events' ? 'events' : 'search'),
  });
  expect(problems.find(({ id }) => id === 'consumer-paused:search-index')).toMatchObject({
    since: instantOf(hoursAgo(4)),
    safeUntil: instantOf(hoursAgo(-1)),
  });
});
