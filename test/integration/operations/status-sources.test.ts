import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { type DeadLetterEntry, deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { openCauses } from '../../../pipelines/status/open-dead-letters.ts';
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

  it('are counted by consumer and cause, and those that have ended are not', async () => {
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
        parked: 1,
        firstAt: at(1),
        lastAt: at(3),
        recent: 2,
        keptUntil: '2026-03-15T12:09:00.000Z',
      },
      { consumer: 'order-events', code: 'sink-refused', waiting: 1 },
      { consumer: 'search-index', code: 'contract-violation', waiting: 1 },
    ]);
  });
});
