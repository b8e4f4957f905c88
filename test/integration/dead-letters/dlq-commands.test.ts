import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { Instant } from '../../../contracts/ids.ts';
import { EXIT } from '../../../infra/ops/command-line/exit-codes.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { listActivity } from '../../../infra/ops/commands/activity.ts';
import { fix } from '../../../infra/ops/commands/dlq/fix.ts';
import { causes, list } from '../../../infra/ops/commands/dlq/list.ts';
import { purge } from '../../../infra/ops/commands/dlq/purge.ts';
import { replay } from '../../../infra/ops/commands/dlq/replay.ts';
import { deadLetterDeps } from '../../../infra/ops/commands/dlq/selection.ts';
import { show } from '../../../infra/ops/commands/dlq/show.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { recordEntry } from '../../../pipelines/stream/record-facts.ts';
import { deadLetterOf } from '../../builders/dead-letters/dead-letters.ts';
import { insertOf, modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';
import { localDynamoDb, localS3 } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { opsTarget, runCommand } from './ops-target.ts';

const dynamoDb = localDynamoDb();
const deadLetterBucket = `letters-${randomUUID()}`;
const none: string[] = [];
const look = { parked: false, ended: false, limit: 100, readQueues: false };
const filters = { parked: false, args: none, dryRun: false };
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
/** Runs a command that is interrupted, and must print nothing. */
function runInterrupted<Options>(command: Parameters<typeof runCommand<Options>>[1], options: Options) {
  const out = output(true, (text) => expect.fail(text));
  return command({ target, out, signal: AbortSignal.abort() }, options);
}
/** Each request for messages gets the same ones again, as of a queue of which a pass sees no end. */
function hideNothing({ sqs }: OpsTarget): void {
  sqs.middlewareStack.add(
    (next) => (args) =>
      next(
        'WaitTimeSeconds' in args.input ? { ...args, input: { ...args.input, VisibilityTimeout: 0 } } : args,
      ),
    { step: 'initialize' },
  );
}
const sendDeadLetter = async (
  record: unknown,
  queueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl,
): Promise<DeadLetterId> => {
  const deadLetter = deadLetterOf(record);
  await target.sqs.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(deadLetter) }),
  );
  const id = deadLetterIdOf(deadLetter.consumer, deadLetter.eventId);
  const state = queueUrl === target.resources.parkedDeadLettersUrl ? 'parked' : 'waiting';
  await deadLetterDeps(target).store.register([recordEntry(id, deadLetter, record)], state);
  return id;
};
const broken = (order: ItemKey): ItemKey & { total: string } => ({ ...order, total: '2500' });
const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });

describe('dlq list', () => {
  it('reports what is on the queues', async () => {
    const id = await sendDeadLetter(insertOf(newOrder()));
    const { code, printed } = await run(list, look);
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        isCutShort: false,
        deadLetters: [
          {
            id,
            consumer: 'order-events',
            kind: 'record',
            reason: 'contract-violation',
            entity: 'Order',
          },
        ],
      },
    ]);
  });

  it('reads the queues first, where it is to find what the store does not know', async () => {
    const body = JSON.stringify(deadLetterOf(insertOf(newOrder())));
    const QueueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl;
    await target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    expect((await run(list, look)).printed.deadLetters).toEqual([]);
    expect((await run(list, { ...look, readQueues: true })).printed.deadLetters).toHaveLength(1);
  });

  it('ends with 1 where it is not certain that every message of a queue was read', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    hideNothing(target);
    const options = { ...look, readQueues: true };
    expect(await run(list, options)).toMatchObject({ code: EXIT.differs, printed: { isCutShort: true } });
    expect((await run(list, options, false)).printed).toContain(
      'not certain that every message of a queue was read.',
    );
    expect(await run(list, look)).toMatchObject({ code: EXIT.ok, printed: { isCutShort: false } });
  });

  it.each([false, true])(
    'prints nothing once it is interrupted, reading the queues: %j',
    async (readQueues) => {
      await sendDeadLetter(insertOf(newOrder()));
      await expect(runInterrupted(list, { ...look, readQueues })).rejects.toThrow(DOMException);
    },
  );

  it('reports the parked dead letters of both consumers', async () => {
    await sendDeadLetter(insertOf(newOrder()), target.resources.parkedDeadLettersUrl);
    const { printed } = await run(list, { ...look, parked: true });
    expect(printed.deadLetters).toMatchObject([{ consumer: 'order-events' }]);
  });
});

describe('dlq list --ended', () => {
  it('reports how each ended, and by whom, by the filters of the list', async () => {
    const id = await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(newOrder()));
    await run(purge, { ...filters, args: [id], yes: true });
    const { code, printed } = await run(list, { ...look, ended: true });
    expect([code, printed.deadLetters]).toMatchObject([
      EXIT.ok,
      [{ id, state: 'purged', end: { outcome: 'purged', by: target.actor } }],
    ]);
    const future = { ...look, ended: true, since: instantOf(new Date(Date.now() + 60_000)) };
    expect((await run(list, future)).printed).toMatchObject({ deadLetters: [], unmatched: { total: 1 } });
    expect((await run(list, look)).printed.deadLetters).toHaveLength(1);
  });
});

describe('dlq show', () => {
  it('has the complete images of the dead letter, and what the table holds now', async () => {
    const order = newOrder();
    await table.put({ ...order, status: 'confirmed' });
    const id = await sendDeadLetter(modifyOf(order, broken(order)));
    const { code, printed } = await run(show, { args: [id] });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      {
        reason: { code: 'contract-violation', issues: [{ path: 'NewImage.total' }] },
        records: [
          {
            ...{ key: { pk: order.pk }, oldImage: order, newImage: broken(order) },
            current: { status: 'confirmed' },
          },
        ],
      },
    ]);
  });

  it('is readable for people', async () => {
    const id = await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(show, { args: [id] }, false);
    expect(printed).toContain('total: expected number');
    expect(printed).toContain('the table now: nothing');
  });

  it('prints nothing once it is interrupted: the message may be further on in the queue', async () => {
    const id = await sendDeadLetter(insertOf(newOrder()));
    await expect(runInterrupted(show, { args: [id] })).rejects.toThrow(DOMException);
  });

  it('ends with 1 for a dead letter that does not exist', async () => {
    const { signal } = new AbortController();
    const out = output(true, () => undefined);
    expect(await show({ target, out, signal }, { args: [DeadLetterId.parse('0'.repeat(24))] })).toBe(
      EXIT.differs,
    );
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
    ['a time', { since: Instant.parse('2026-06-01T00:00:00.000Z') }],
    ['a consumer', { consumer: 'search-index' as const }],
  ])('takes only what passes the filter by %s', async (_, filter) => {
    await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(replay, { ...filters, ...filter, rate: 100 });
    expect(printed.selected).toBe(0);
    expect((await run(list, look)).printed.deadLetters).toHaveLength(1);
  });

  it('changes nothing in a dry run, and predicts the result of what is meant', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
    const { printed } = await run(replay, { ...filters, entity: 'User', dryRun: true, rate: 100 });
    expect(printed).toMatchObject({ outcomes: { itemDeleted: 1, failed: 0, replayed: 0 }, remaining: 1 });
    expect((await run(list, look)).printed.deadLetters).toHaveLength(2);
  });
});

describe('dlq purge', () => {
  it('deletes what is meant, and nothing else', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
    const { code, printed } = await run(purge, { ...filters, entity: 'User', yes: true });
    expect([code, printed]).toEqual([EXIT.ok, { purged: 1, remaining: 0, isCutShort: false }]);
    expect((await run(list, look)).printed.deadLetters).toMatchObject([{ entity: 'Order' }]);
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
      { total: 3, here: [{ what: 'reasons', values: [{ value: 'contract-violation', count: 3 }] }] },
    ]);
  });

  it('is reported with the types of the items, and when they failed', async () => {
    const { printed } = await run(
      purge,
      { ...filters, entity: 'order', since: Instant.parse('2099-01-01T00:00:00.000Z'), yes: true },
      false,
    );
    expect(printed).toContain(
      'None of 3 match; entities here: Order (2), User (1); failed here: 2026-03-01 (3)',
    );
  });

  it('is reported with the consumers of parked dead letters', async () => {
    await sendDeadLetter(insertOf(newOrder()), target.resources.parkedDeadLettersUrl);
    const { code, printed } = await run(
      list,
      { ...look, parked: true, consumer: 'search-index' as const },
      false,
    );
    expect([code, printed]).toEqual([
      EXIT.differs,
      expect.stringContaining(
        'None of 4 match; consumers here: order-events (4); states here: waiting (3), parked (1)',
      ),
    ]);
  });

  it('is reported for a dead letter that exists, when another filter excludes it', async () => {
    const id = await sendDeadLetter(insertOf(newOrder()));
    const { printed } = await run(replay, { ...mistyped, args: [id], rate: 100 }, false);
    expect(printed).toContain('None of 4 match; reasons here: contract-violation (4)');
  });
});

describe('dlq causes', () => {
  it('counts the dead letters of each cause', async () => {
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(newOrder()));
    await sendDeadLetter(insertOf(userItem()));
    const { code, printed } = await run(causes, { parked: false });
    expect([code, printed]).toMatchObject([
      EXIT.ok,
      { total: 3, causes: [{ entity: 'Order', counts: { 'order-events': 2 } }, { entity: 'User' }] },
    ]);
  });
});

describe('dlq fix', () => {
  it('fixes the item, replays the dead letter and prints what changed', async () => {
    const order = newOrder();
    await table.put(broken(order));
    const id = await sendDeadLetter(insertOf(broken(order)));
    const options = { args: [id] as [DeadLetterId], set: { total: order.total } };
    const planned = await run(fix, { ...options, dryRun: true }, false);
    expect([planned.code, planned.printed]).toEqual([
      EXIT.ok,
      expect.stringContaining('Nothing was written'),
    ]);
    expect(await table.get(order)).toMatchObject({ total: '2500' });
    const { code, printed } = await run(fix, { ...options, dryRun: false });
    expect([code, printed.replays]).toMatchObject([EXIT.ok, [{ id, outcome: 'replayed' }]]);
    expect(await table.get(order)).toMatchObject({ total: order.total });
    expect((await run(show, { args: [id] }, false)).printed).toContain('fixed at 2');
  });

  it('ends with 1 and writes nothing when the item would still be invalid', async () => {
    const order = newOrder();
    await table.put(broken(order));
    const id = await sendDeadLetter(insertOf(broken(order)));
    const { code, printed } = await run(fix, {
      args: [id] as [DeadLetterId],
      set: { total: 'x' },
      dryRun: false,
    });
    expect([code, printed.issues]).toMatchObject([EXIT.differs, [{ path: 'total' }]]);
  });
});

describe('activity', () => {
  it('lists who did what, and how it ended', async () => {
    const item = broken(newOrder());
    await table.put(item);
    await sendDeadLetter(insertOf(item));
    await run(replay, { ...filters, entity: 'Order', rate: 100 });
    const { code, printed } = await run(listActivity, { limit: 10 });
    expect([code, printed.entries]).toMatchObject([
      EXIT.ok,
      [
        {
          by: 'ada',
          action: 'replay',
          target: 'entity Order',
          outcome: 'failed',
          detail: '1 failed: total 1',
        },
      ],
    ]);
  });
});

it('dlq ends well where there is no dead letter at all', async () => {
  const options = { ...filters, reason: 'contract-violation', yes: true };
  expect((await run(purge, options)).code).toBe(EXIT.ok);
});
