import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { openPartition } from '../../../contracts/operations/operations-items.ts';
import { parse } from '../../../contracts/reading.ts';
import { openDeadLetters } from '../../../pipelines/status/open-dead-letters.ts';
import { probeSinks, type SinkProbesDeps } from '../../../pipelines/status/probe-sinks.ts';
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
    const began = performance.now();
    const [openSearch] = await probeSinks({ ...deps, openSearch: silent }, ['open-search'], 200);
    expect(openSearch?.state).toBe('no-response');
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('the open dead letters', () => {
  const put = (item: object) =>
    dynamoDb.send(new PutItemCommand({ TableName: deps.operationsTableName, Item: marshall(item) }));
  const EXPIRY = Date.parse('2026-03-15T12:00:00.000Z') / 1_000;
  const deadLetter = (n: number, overrides: object = {}) => ({
    pk: `DEAD_LETTER#${n}`,
    sk: 'DEAD_LETTER',
    consumer: 'order-events',
    state: 'waiting',
    causeId: 'aaaaaaaaaaaa',
    reason: { code: 'contract-violation', message: 'wrong', issues: [] },
    failedAt: `2026-03-01T12:0${n}:00.000Z`,
    openPk: openPartition('order-events', n % 4),
    openSk: `2026-03-01T12:0${n}:00.000Z#${n}`,
    ttl: EXPIRY,
    ...overrides,
  });

  it('are counted by consumer and cause, and those that are closed or have expired are not', async () => {
    const { openPk: _pk, openSk: _sk, ...closed } = deadLetter(6, { state: 'replayed' });
    await Promise.all([
      put(deadLetter(1)),
      put(deadLetter(2)),
      put(deadLetter(3, { state: 'parked' })),
      put(
        deadLetter(4, {
          causeId: 'bbbbbbbbbbbb',
          reason: { code: 'sink-refused', message: 'no', issues: [] },
        }),
      ),
      put(deadLetter(5, { consumer: 'search-index', openPk: openPartition('search-index', 0) })),
      put(closed),
      put(deadLetter(7, { ttl: Date.parse('2026-03-01T12:09:00.000Z') / 1_000 })),
    ]);
    const causes = await openDeadLetters(deps, {
      now: parse(Instant, '2026-03-01T12:10:00.000Z'),
      recentSince: parse(Instant, '2026-03-01T12:02:00.000Z'),
    });
    expect(causes.toSorted((one, other) => (one.firstAt < other.firstAt ? -1 : 1))).toMatchObject([
      {
        consumer: 'order-events',
        code: 'contract-violation',
        message: 'wrong',
        waiting: 2,
        parked: 1,
        firstAt: '2026-03-01T12:01:00.000Z',
        lastAt: '2026-03-01T12:03:00.000Z',
        recent: 2,
        keptUntil: '2026-03-15T12:00:00.000Z',
      },
      { consumer: 'order-events', code: 'sink-refused', waiting: 1 },
      { consumer: 'search-index', code: 'contract-violation', waiting: 1 },
    ]);
  });
});
