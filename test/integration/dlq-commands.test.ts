import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ItemKey } from '../../contracts/keys.ts';
import { list } from '../../infra/ops/commands/dlq/list.ts';
import { purge } from '../../infra/ops/commands/dlq/purge.ts';
import { replay } from '../../infra/ops/commands/dlq/replay.ts';
import { show } from '../../infra/ops/commands/dlq/show.ts';
import { EXIT } from '../../infra/ops/exit-codes.ts';
import { output } from '../../infra/ops/output.ts';
import type { OpsTarget } from '../../infra/ops/target/ops-target.ts';
import { letterOf } from '../builders/dead-letters.ts';
import { orderItem, userItem } from '../builders/items.ts';
import { insertOf } from '../builders/stream-record.ts';
import {
  localDynamoDb,
  localDynamoDbStreams,
  localOpenSearch,
  localS3,
  localSns,
  localSqs,
} from './clients.ts';
import { createTestTable } from './table.ts';
import { TestTable } from './table-items.ts';

const clients = {
  dynamoDb: localDynamoDb(),
  streams: localDynamoDbStreams(),
  sns: localSns(),
  sqs: localSqs(),
  s3: localS3(),
  openSearch: localOpenSearch(),
};
const { sqs, s3, sns, dynamoDb } = clients;
const deadLetterBucket = `letters-${randomUUID()}`;
const none: string[] = [];
const filters = { parked: false, args: none, limit: 100, dryRun: false };
let table: TestTable;
let topicArn: string;
let target: OpsTarget;

const newQueue = async (): Promise<string> =>
  (await sqs.send(new CreateQueueCommand({ QueueName: `letters-${randomUUID()}` }))).QueueUrl ?? '';

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  topicArn = (await sns.send(new CreateTopicCommand({ Name: `orders-${randomUUID()}` }))).TopicArn ?? '';
  await s3.send(new CreateBucketCommand({ Bucket: deadLetterBucket }));
});
beforeEach(async () => {
  const consumer = async () => ({
    functionName: 'f',
    deadLetterBucket,
    deadLetterQueueUrl: await newQueue(),
  });
  target = {
    title: 'a test system',
    ...clients,
    place: { kind: 'aws', cloudWatch: Object.create(null) },
    resources: {
      tableName: table.tableName,
      topicArn,
      orderRetentionDays: 0,
      parkedDeadLettersUrl: await newQueue(),
      consumers: { 'order-events': await consumer(), 'search-index': await consumer() },
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});

/** Runs a command and returns its exit code and what it printed: JSON, or lines for people. */
async function run<Options>(
  command: (context: Parameters<typeof list>[0], options: Options) => Promise<number>,
  options: Options,
  isJson = true,
) {
  const printed: string[] = [];
  const out = output(isJson, (text) => printed.push(text));
  const { signal } = new AbortController();
  const code = await command({ target, out, signal }, options);
  return { code, printed: isJson ? JSON.parse(printed.join('')) : printed.join('\n') };
}
const bury = async (
  record: unknown,
  queueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl,
) =>
  (
    await sqs.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(letterOf(record)) }),
    )
  ).MessageId ?? '';
const broken = (order: ItemKey): ItemKey & { total: string } => ({ ...order, total: '2500' });
const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });

describe('dlq list', () => {
  it('tells what lies on the queues', async () => {
    const messageId = await bury(insertOf(newOrder()));
    const { code, printed } = await run(list, { parked: false, limit: 100 });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        isCutShort: false,
        letters: [
          {
            messageId,
            consumer: 'order-events',
            kind: 'record',
            reason: 'contract-violation',
            entities: ['Order'],
          },
        ],
      },
    ]);
  });

  it('tells of the parked letters of both consumers', async () => {
    await bury(insertOf(newOrder()), target.resources.parkedDeadLettersUrl);
    const { printed } = await run(list, { parked: true, limit: 100 });
    expect(printed.letters).toMatchObject([{ consumer: 'order-events' }]);
  });
});

describe('dlq show', () => {
  it('decodes the letter and tells what the table holds now', async () => {
    const order = newOrder();
    await table.put({ ...order, status: 'confirmed' });
    const messageId = await bury(insertOf(broken(order)));
    const { code, printed } = await run(show, { parked: false, args: [messageId] });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        why: { code: 'contract-violation', issues: [{ path: 'NewImage.total' }] },
        records: [{ key: { pk: order.pk }, newImage: { total: '2500' }, present: { status: 'confirmed' } }],
      },
    ]);
  });

  it('is readable for people', async () => {
    const messageId = await bury(insertOf(newOrder()));
    const { printed } = await run(show, { parked: false, args: [messageId] }, false);
    expect(printed).toContain('NewImage.total: expected number');
    expect(printed).toContain('the table now: nothing');
  });

  it('ends with 1 for a letter that is not there', async () => {
    const { signal } = new AbortController();
    const out = output(true, () => undefined);
    expect(await show({ target, out, signal }, { parked: false, args: ['none'] })).toBe(EXIT.differs);
  });
});

describe('dlq replay', () => {
  it('runs letters again with the handlers of the consumer', async () => {
    const order = newOrder();
    await table.put(order);
    await bury(insertOf(broken(order)));
    const { code, printed } = await run(replay, { ...filters, rate: 100 });
    expect([code, printed.results]).toMatchObject([EXIT.ok, [{ outcome: 'replayed' }]]);
    expect(await table.get({ pk: `ORDER#${order.orderId}`, sk: 'TALLY' })).toBeDefined();
    expect(await table.get({ pk: `ORDER#${order.orderId}`, sk: 'RESERVATION' })).toMatchObject({
      state: 'REJECTED',
    });
  });

  it('ends with 1 when one fails again', async () => {
    const item = broken(newOrder());
    await table.put(item);
    await bury(insertOf(item));
    const { code, printed } = await run(replay, { ...filters, rate: 100 });
    expect([code, printed.results]).toMatchObject([
      EXIT.differs,
      [{ outcome: 'failed', code: 'contract-violation' }],
    ]);
  });

  it.each([
    ['an entity', { entity: 'User' }],
    ['a reason', { reason: 'sink-refused' }],
    ['a time', { since: new Date('2026-06-01T00:00:00Z') }],
    ['a consumer', { consumer: 'search-index' as const }],
  ])('takes only what passes the filter by %s', async (_, filter) => {
    await bury(insertOf(newOrder()));
    const { printed } = await run(replay, { ...filters, ...filter, rate: 100 });
    expect(printed.results).toEqual([]);
    expect((await run(list, { parked: false, limit: 100 })).printed.letters).toHaveLength(1);
  });

  it('changes nothing in a dry run, and tells what is meant', async () => {
    await bury(insertOf(newOrder()));
    await bury(insertOf(userItem()));
    const { printed } = await run(replay, { ...filters, entity: 'User', dryRun: true, rate: 100 });
    expect(printed.letters).toMatchObject([{ entities: ['User'] }]);
    expect((await run(list, { parked: false, limit: 100 })).printed.letters).toHaveLength(2);
  });
});

describe('dlq purge', () => {
  it('deletes what is meant, and nothing else', async () => {
    await bury(insertOf(newOrder()));
    await bury(insertOf(userItem()));
    const { code, printed } = await run(purge, { ...filters, entity: 'User', yes: true });
    expect([code, printed.letters]).toMatchObject([EXIT.ok, [{ entities: ['User'] }]]);
    expect((await run(list, { parked: false, limit: 100 })).printed.letters).toMatchObject([
      { entities: ['Order'] },
    ]);
  });
});
