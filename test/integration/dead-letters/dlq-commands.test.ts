import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { EXIT } from '../../../infra/ops/command-line/exit-codes.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { list } from '../../../infra/ops/commands/dlq/list.ts';
import { purge } from '../../../infra/ops/commands/dlq/purge.ts';
import { replay } from '../../../infra/ops/commands/dlq/replay.ts';
import { show } from '../../../infra/ops/commands/dlq/show.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { deadLetterOf } from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';
import { localDynamoDb, localS3 } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { opsTarget, runCommand } from './ops-target.ts';

const dynamoDb = localDynamoDb();
const deadLetterBucket = `letters-${randomUUID()}`;
const none: string[] = [];
const filters = { parked: false, args: none, limit: 100, dryRun: false };
let table: TestTable;
let target: OpsTarget;

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  await localS3().send(new CreateBucketCommand({ Bucket: deadLetterBucket }));
});
beforeEach(async () => {
  target = await opsTarget(table.tableName, deadLetterBucket);
});

/** Runs a command and returns its exit code and what it printed: JSON, or lines for people. */
async function run<Options>(
  command: Parameters<typeof runCommand<Options>>[1],
  options: Options,
  isJson = true,
) {
  const { code, text } = await runCommand(target, command, options, isJson);
  return { code, printed: isJson ? JSON.parse(text) : text };
}
const sendDeadLetter = async (
  record: unknown,
  queueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl,
) =>
  (
    await target.sqs.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(deadLetterOf(record)) }),
    )
  ).MessageId ?? '';
const broken = (order: ItemKey): ItemKey & { total: string } => ({ ...order, total: '2500' });
const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });

describe('dlq list', () => {
  it('reports what is on the queues', async () => {
    const messageId = await sendDeadLetter(insertOf(newOrder()));
    const { code, printed } = await run(list, { parked: false, limit: 100 });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        isCutShort: false,
        deadLetters: [
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

  it('reports the parked dead letters of both consumers', async () => {
    await sendDeadLetter(insertOf(newOrder()), target.resources.parkedDeadLettersUrl);
    const { printed } = await run(list, { parked: true, limit: 100 });
    expect(printed.deadLetters).toMatchObject([{ consumer: 'order-events' }]);
  });
});

describe('dlq show', () => {
  it('decodes the dead letter and shows what the table holds now', async () => {
    const order = newOrder();
    await table.put({ ...order, status: 'confirmed' });
    const messageId = await sendDeadLetter(insertOf(broken(order)));
    const { code, printed } = await run(show, { parked: false, args: [messageId] });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        why: { code: 'contract-violation', issues: [{ path: 'NewImage.total' }] },
        records: [{ key: { pk: order.pk }, newImage: { total: '2500' }, current: { status: 'confirmed' } }],
      },
    ]);
  });

  it('is readable for people', async () => {
    const messageId = await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(show, { parked: false, args: [messageId] }, false);
    expect(printed).toContain('NewImage.total: expected number');
    expect(printed).toContain('the table now: nothing');
  });

  it('ends with 1 for a dead letter that does not exist', async () => {
    const { signal } = new AbortController();
    const out = output(true, () => undefined);
    expect(await show({ target, out, signal }, { parked: false, args: ['none'] })).toBe(EXIT.differs);
  });
});

describe('dlq replay', () => {
  it('replays dead letters with the handlers of the consumer', async () => {
    const order = newOrder();
    await table.put(order);
    await sendDeadLetter(insertOf(broken(order)));
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
    await sendDeadLetter(insertOf(item));
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
    await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(replay, { ...filters, ...filter, rate: 100 });
    expect(printed.results).toEqual([]);
    expect((await run(list, { parked: false, limit: 100 })).printed.deadLetters).toHaveLength(1);
  });

  it('changes nothing in a dry run, and reports what is meant', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
    const { printed } = await run(replay, { ...filters, entity: 'User', dryRun: true, rate: 100 });
    expect(printed.deadLetters).toMatchObject([{ entities: ['User'] }]);
    expect((await run(list, { parked: false, limit: 100 })).printed.deadLetters).toHaveLength(2);
  });
});

describe('dlq purge', () => {
  it('deletes what is meant, and nothing else', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
    const { code, printed } = await run(purge, { ...filters, entity: 'User', yes: true });
    expect([code, printed.deadLetters]).toMatchObject([EXIT.ok, [{ entities: ['User'] }]]);
    expect((await run(list, { parked: false, limit: 100 })).printed.deadLetters).toMatchObject([
      { entities: ['Order'] },
    ]);
  });
});

describe('a filter that lets nothing pass', () => {
  const mistyped = { ...filters, reason: 'contract-violaton' };

  beforeEach(async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
  });

  it.each([
    ['replay', (isJson: boolean) => run(replay, { ...mistyped, rate: 100 }, isJson)],
    ['replay --dry-run', (isJson: boolean) => run(replay, { ...mistyped, dryRun: true, rate: 100 }, isJson)],
    ['purge', (isJson: boolean) => run(purge, { ...mistyped, yes: true }, isJson)],
    ['purge --dry-run', (isJson: boolean) => run(purge, { ...mistyped, dryRun: true, yes: false }, isJson)],
  ])('is reported by dlq %s, with what there is', async (_, command) => {
    const [forPeople, forScripts] = [await command(false), await command(true)];
    expect(forPeople.code).toBe(EXIT.differs);
    expect(forPeople.printed).toContain('None of 3 match; reasons here: contract-violation (3)');
    expect([forScripts.code, forScripts.printed.unmatched]).toEqual([
      EXIT.differs,
      { deadLetters: 3, here: [{ what: 'reasons', values: [['contract-violation', 3]] }] },
    ]);
  });

  it('is reported with the types of the items, and when they were first seen', async () => {
    const { printed } = await run(
      purge,
      { ...filters, entity: 'order', since: new Date('2099-01-01T00:00:00Z'), yes: true },
      false,
    );
    expect(printed).toContain(
      'None of 3 match; items here: Order (2), User (1); first seen here: 2026-03-01 (3)',
    );
  });

  it('is reported with the consumers of parked dead letters', async () => {
    await sendDeadLetter(insertOf(newOrder()), target.resources.parkedDeadLettersUrl);
    const { code, printed } = await run(
      list,
      { parked: true, consumer: 'search-index' as const, limit: 100 },
      false,
    );
    expect([code, printed]).toEqual([
      EXIT.differs,
      expect.stringContaining('None of 1 match; consumers here: order-events (1)'),
    ]);
  });

  it('is reported for a dead letter that exists, when another filter excludes it', async () => {
    const messageId = await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(replay, { ...mistyped, args: [messageId], rate: 100 }, false);
    expect(printed).toContain('None of 4 match; reasons here: contract-violation (4)');
  });
});

it('dlq ends well where there is no dead letter at all', async () => {
  const options = { ...filters, reason: 'contract-violation', yes: true };
  expect((await run(purge, options)).code).toBe(EXIT.ok);
});
