import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';

import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  DeadLetterFilter,
  DeadLetterId,
  DeadLetterListFilter,
  DeadLetterSelection,
  ReplayStep,
} from '../../../contracts/api/dead-letters.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { deadLetterDeps } from '../../../infra/ops/commands/dlq/selection.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { instantOf, systemClock } from '../../../pipelines/clock.ts';
import {
  fixDeadLetter,
  ItemChangedError,
  NotFixableError,
} from '../../../pipelines/dead-letters/actions/fix-dead-letter.ts';
import { predictReplay } from '../../../pipelines/dead-letters/actions/predict-replay.ts';
import {
  OtherCountError,
  purgeableDeadLetters,
  purgeSelection,
  TooManyError,
} from '../../../pipelines/dead-letters/actions/purge-selection.ts';
import {
  purgeStep,
  recordedFix,
  replayStep,
} from '../../../pipelines/dead-letters/actions/recorded-actions.ts';
import { replaySelection } from '../../../pipelines/dead-letters/actions/replay-selection.ts';
import { queueOf } from '../../../pipelines/dead-letters/actions/selected-queues.ts';
import { deadLetterCauses } from '../../../pipelines/dead-letters/list/dead-letter-causes.ts';
import { deadLetterPage } from '../../../pipelines/dead-letters/list/dead-letter-page.ts';
import { registerDeadLetters } from '../../../pipelines/dead-letters/list/list-dead-letters.ts';
import { deadLetterView } from '../../../pipelines/dead-letters/list/show-dead-letter.ts';
import { ContractViolationError, failureReason } from '../../../pipelines/errors.ts';
import { ActivityLog } from '../../../pipelines/operations/activity.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { deadLetterOf, objectCreated, onFailureOf } from '../../builders/dead-letters/dead-letters.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { insertOf, removeOf } from '../../builders/stream/stream-record.ts';
import { accountItem, orderItem, reservationItem } from '../../builders/values/items.ts';
import { until } from '../../builders/waiting.ts';
import { localDynamoDb, localOpenSearch, localS3 } from '../parts/clients.ts';
import { withRefusedEnds } from '../parts/refused-ends.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { deadLettered, opsTarget, readQueues } from './ops-target.ts';

const dynamoDb = localDynamoDb();
const bucket = `dead-letters-${randomUUID()}`;
const { signal } = new AbortController();
let table: TestTable;
let target: OpsTarget;
let deps: ReturnType<typeof deadLetterDeps>;

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  await localS3().send(new CreateBucketCommand({ Bucket: bucket }));
  await installIndices(localOpenSearch(), indexDefinitions);
});
beforeEach(async () => {
  target = await opsTarget(table.tableName, bucket);
  deps = deadLetterDeps(target);
});

const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });
/** A later millisecond than that of any failure before. */
const later = () => instantOf(new Date(systemClock.now().getTime() + 1));
const all = (filter: DeadLetterFilter = {}): DeadLetterSelection => ({ filter, startedAt: later() });

/** Puts an item into the table and onto the dead-letter queues of those consumers. */
async function broken(item: object, consumers: readonly ConsumerName[] = ['order-events']) {
  await table.put(item);
  const record = insertOf(Object.assign(newOrder(), item));
  const issues = issuesOf(record);
  const reason = { code: 'contract-violation', message: 'It breaks its contract', issues };
  return Promise.all(consumers.map((consumer) => deadLettered(target, consumer, record, reason)));
}
function issuesOf(record: unknown) {
  try {
    decodeChange(record);
  } catch (error) {
    if (error instanceof ContractViolationError) return error.issues;
  }
  return [];
}
const list = (filter: DeadLetterListFilter = {}, limit = 100, nextToken?: string) =>
  deadLetterPage({ ...deps, pageTokens: pageTokens() }, { ...filter, limit, nextToken, caller: 'op' });
const causes = (filter: DeadLetterFilter = {}) => deadLetterCauses(deps.store, filter);
const replay = (selection: DeadLetterSelection, actor = 'op') =>
  replaySelection(deps, { selection, rate: 1_000, actor }, signal);
const messagesOn = async (consumer: ConsumerName): Promise<number> => {
  const { Attributes } = await target.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: target.resources.consumers[consumer].deadLetterQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
};

const entries = async () => (await deps.activity.page(10)).items;
/** With an SQS that responds for the first queue that is asked, and for no other. */
function withoutSecondQueue(): typeof deps {
  let first: string | undefined;
  const send = async (command: Parameters<typeof target.sqs.send>[0]): Promise<unknown> => {
    if (command instanceof ReceiveMessageCommand) {
      first ??= command.input.QueueUrl;
      if (command.input.QueueUrl !== first) throw new TypeError('The queue does not respond');
    }
    return target.sqs.send(command);
  };
  return { ...deps, sqs: Object.create(target.sqs, { send: { value: send } }) };
}

const brokenOrder = () => ({ ...newOrder(), total: '2500' });
/** Receives a message of a queue, as another operator does. @returns what makes it visible again. */
async function hideOne(consumer: ConsumerName): Promise<() => Promise<unknown>> {
  const QueueUrl = target.resources.consumers[consumer].deadLetterQueueUrl;
  const { Messages: [hidden] = [] } = await target.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const visible = { QueueUrl, ReceiptHandle: hidden?.ReceiptHandle, VisibilityTimeout: 0 };
  return () => target.sqs.send(new ChangeMessageVisibilityCommand(visible));
}

it('leads from 300 dead letters of three causes to empty queues', { timeout: 120_000 }, async () => {
  const orders = Array.from({ length: 150 }, newOrder);
  const ids: DeadLetterId[][] = [];
  const wrong = [{ total: '2500' }, { status: 'lost' }, { currency: 'euro' }];
  const items = orders.map((order, index) => ({ ...order, ...wrong[index % wrong.length] }));
  for (let start = 0; start < items.length; start += 15)
    ids.push(
      ...(await Promise.all(
        items.slice(start, start + 15).map((item) => broken(item, ConsumerName.options)),
      )),
    );
  // Listed page by page, each once.
  const seen: string[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await list({}, 70, token);
    seen.push(...page.deadLetters.map(({ id }) => id));
    token = page.nextToken;
  }
  expect([seen.length, new Set(seen).size]).toEqual([300, 300]);
  const found = await causes();
  expect(found).toMatchObject({ total: 300, isCutShort: false });
  expect(found.causes.map(({ issue, counts }) => [issue?.path, counts])).toEqual(
    expect.arrayContaining(
      ['NewImage.total', 'NewImage.status', 'NewImage.currency'].map((path) => [
        path,
        { 'order-events': 50, 'search-index': 50, parked: 0 },
      ]),
    ),
  );
  // Fixed by a writer, and replayed by cause.
  const causeOf = (path: string) => found.causes.find(({ issue }) => issue?.path === path)?.causeId;
  for (const [index, order] of orders.entries()) if (index % 3 === 0) await table.put(order);
  const totals: DeadLetterFilter = { cause: causeOf('NewImage.total') };
  expect(await predictReplay(deps, all(totals), signal)).toMatchObject({
    outcomes: { replayed: 100, failed: 0 },
    remaining: 100,
  });
  expect(await replay(all(totals))).toMatchObject({
    ...{ outcomes: { replayed: 100, failed: 0 }, remaining: 0, records: 100 },
  });
  // Fixed one by one, and the twin with it.
  const [id] = ids[1] ?? [];
  expect(id).toBeDefined();
  if (id !== undefined)
    expect(
      await fixDeadLetter(deps, { id, set: { status: 'placed' }, dryRun: false, actor: 'op' }, signal),
    ).toMatchObject({ isApplied: true, replays: [{ outcome: 'replayed' }, { outcome: 'replayed' }] });
  expect((await causes()).total).toBe(198);
  // What is still broken fails again, and is counted by cause.
  const failed = await replay(all({ consumer: 'order-events' }));
  expect([failed.outcomes.failed, failed.failures.map(({ issue, count }) => [issue?.path, count])]).toEqual([
    99,
    [
      ['NewImage.currency', 50],
      ['NewImage.status', 49],
    ],
  ]);
  expect(await purgeSelection(deps, { selection: all(), confirm: 198, actor: 'op' }, signal)).toEqual({
    purged: 198,
    remaining: 0,
  });
  expect((await list()).deadLetters).toEqual([]);
  expect([await messagesOn('order-events'), await messagesOn('search-index')]).toEqual([0, 0]);
});

describe('a list', () => {
  it('hides no message from a second reader', async () => {
    await broken({ ...newOrder(), total: '2500' });
    await list();
    await causes();
    const { Messages = [] } = await target.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: target.resources.consumers['order-events'].deadLetterQueueUrl,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    expect(Messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(['1']);
  });

  it('is filtered by text and by time', async () => {
    const order = newOrder();
    const [id] = await broken({ ...order, total: '2500' });
    const between = later();
    await broken({ ...newOrder(), status: 'lost' }, ['search-index']);
    const idsOf = async (filter: DeadLetterFilter) => (await list(filter)).deadLetters.map((one) => one.id);
    for (const text of [id ?? '', order.userId.toUpperCase(), order.orderId, 'TOTAL', '2500'])
      expect([text, await idsOf({ text })]).toEqual([text, [id]]);
    const [first] = (await list({ consumer: 'order-events' })).deadLetters;
    expect(await idsOf({ since: first?.failedAt, until: between })).toContain(id);
    expect(await idsOf({ until: first?.failedAt })).toEqual([]);
  });

  it('says what there is, where a filter matches nothing', async () => {
    await broken({ ...newOrder(), total: '2500' }, ConsumerName.options);
    expect((await list({ reason: 'contract-violaton', entity: 'order' })).unmatched).toEqual({
      total: 2,
      here: [
        { what: 'reasons', values: [{ value: 'contract-violation', count: 2 }] },
        { what: 'entities', values: [{ value: 'Order', count: 2 }] },
      ],
    });
  });

  it('of no dead letters at all is empty', async () => {
    expect(await list({ reason: 'other' })).toMatchObject({ deadLetters: [], unmatched: undefined });
  });
});

describe('a dead letter', () => {
  const show = (id: DeadLetterId) => deadLetterView(deps, id, (item) => queueOf(deps, item), signal);

  it('is shown with its records, its twin, and what a person does about it', async () => {
    const order = newOrder();
    const [id, twin] = await broken({ ...order, total: '2500' }, ConsumerName.options);
    expect(id !== undefined && (await show(id))).toMatchObject({
      summary: { order: { orderId: order.orderId }, issue: { path: 'NewImage.total', value: '2500' } },
      attempts: [{ by: 'order-events', outcome: 'failed' }],
      runbook: 'fix-a-contract-violation',
      records: [{ newImage: { total: '2500' }, current: { total: '2500' } }],
      isHidden: false,
      twin,
    });
  });

  it('keeps its id, and gets a longer history, through a replay that fails', async () => {
    const [id] = await broken({ ...newOrder(), total: '2500' });
    await replay(all(), 'ada');
    expect(id !== undefined && (await show(id))).toMatchObject({
      summary: { id, state: 'waiting', attempts: 2 },
      attempts: [{ by: 'order-events' }, { by: 'ada', outcome: 'failed', code: 'contract-violation' }],
    });
  });

  it('whose message another reader hides is shown without its records', async () => {
    const [id] = await broken({ ...newOrder(), total: '2500' });
    const QueueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl;
    await target.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(id !== undefined && (await show(id))).toMatchObject({ isHidden: true, records: [] });
  });
});

describe('a replay', () => {
  it('of two operators at once replays each dead letter, and none is lost', async () => {
    const orders = Array.from({ length: 60 }, newOrder);
    for (const order of orders) {
      await broken({ ...order, total: '2500' });
      await table.put(order);
    }
    const steps = async (actor: string): Promise<number> => {
      const selection = all();
      let replayed = 0;
      for (let step: ReplayStep | undefined; step?.remaining !== 0; ) {
        step = await replay(selection, actor);
        replayed += step.outcomes.replayed;
      }
      return replayed;
    };
    const counts = await Promise.all([steps('ada'), steps('bob')]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect([(await causes()).total, await messagesOn('order-events')]).toEqual([0, 0]);
  });

  it('goes on in the next request, and is one entry of the activity log', async () => {
    const orders = Array.from({ length: 3 }, newOrder);
    for (const order of orders) await broken({ ...order, total: '2500' });
    const [sound] = orders;
    if (sound !== undefined) await table.put(sound);
    const body = { ...all(), dryRun: false, rate: 100 };
    const cut = AbortSignal.abort();
    expect(await replayStep(deps, body, 'ada', cut)).toMatchObject({ remaining: 3 });
    expect(await entries()).toMatchObject([
      { outcome: 'started', by: 'ada', action: 'replay', target: 'all' },
    ]);
    expect(await replayStep(deps, body, 'ada', signal)).toMatchObject({
      outcomes: { replayed: 1, failed: 2 },
      remaining: 0,
    });
    expect(await entries()).toMatchObject([{ outcome: 'partly', detail: '1 replayed, 2 failed: total 2' }]);
  });

  it('says which records of a batch failed in the request that did not finish it', async () => {
    const records = [brokenOrder(), newOrder()];
    await table.put(...records);
    const payload = { Records: records.map((item) => insertOf(Object.assign(newOrder(), item))) };
    await target.sqs.send(
      new SendMessageCommand({
        QueueUrl: target.resources.consumers['order-events'].deadLetterQueueUrl,
        MessageBody: JSON.stringify(onFailureOf({}, JSON.stringify(payload))),
      }),
    );
    await readQueues(target);
    const body = { ...all(), dryRun: false, rate: 100 };
    const controller = new AbortController();
    const { replayRecord, deadLetters } = deps.consumers.waiting['order-events'];
    const cutting = {
      deadLetters,
      replayRecord: (record: unknown, within: AbortSignal) => {
        controller.abort();
        return replayRecord(record, within);
      },
    };
    const consumers = {
      ...deps.consumers,
      waiting: { ...deps.consumers.waiting, 'order-events': cutting },
    };
    expect(await replayStep({ ...deps, consumers }, body, 'ada', controller.signal)).toMatchObject({
      outcomes: { replayed: 0, failed: 0 },
      failures: [{ reason: 'contract-violation', count: 1 }],
      ...{ remaining: 1, records: 1, failedRecords: 1 },
    });
    expect(await replayStep(deps, body, 'ada', signal)).toMatchObject({
      outcomes: { replayed: 1, failed: 0 },
      ...{ failures: [], remaining: 0, failedRecords: 0 },
    });
    expect(await entries()).toMatchObject([
      { outcome: 'partly', detail: '1 replayed, 1 failed in batches: contract-violation 1' },
    ]);
  });

  it('does not attempt again what failed in its request before, where the index lags', async () => {
    const [id] = await broken({ ...newOrder(), total: '2500' });
    const selection = all();
    const stale = await deps.store.openPage({ consumers: ConsumerName.options, limit: 10 });
    const lagging = { ...deps, store: Object.create(deps.store, { openPage: { value: async () => stale } }) };
    const step = () => replaySelection(lagging, { selection, rate: 1_000, actor: 'ada' }, signal);
    expect(await step()).toMatchObject({ outcomes: { failed: 1 }, remaining: 0 });
    expect(await step()).toMatchObject({ outcomes: { failed: 0, skipped: 0 }, remaining: 0 });
    expect(id !== undefined && (await deps.store.get(id))).toMatchObject({ attempts: 2 });
  });

  it('reaches each, also beside one that has two messages', async () => {
    const orders = [newOrder(), newOrder()] as const;
    await table.put(...orders);
    const [twice, once] = [insertOf(orders[0]), insertOf(orders[1])];
    for (const record of [twice, twice, once]) await deadLettered(target, 'order-events', record);
    expect(await messagesOn('order-events')).toBe(3);
    expect(await replay(all())).toMatchObject({ outcomes: { replayed: 2, skipped: 0 }, remaining: 0 });
    expect([(await causes()).total, await messagesOn('order-events')]).toEqual([0, 0]);
  });

  it('that fails part way is in the activity log with what it did, and goes on from there', async () => {
    const orders = [newOrder(), newOrder()];
    for (const order of orders) await broken({ ...order, total: '2500' }, ConsumerName.options);
    await table.put(...orders);
    const body = { ...all(), dryRun: false, rate: 100 };
    await expect(replayStep(withoutSecondQueue(), body, 'ada', signal)).rejects.toThrow(TypeError);
    expect(await entries()).toMatchObject([
      { outcome: 'partly', detail: '2 replayed, then TypeError', counts: { replayed: 2 } },
    ]);
    expect(await replayStep(deps, body, 'ada', signal)).toMatchObject({ remaining: 0 });
    expect(await entries()).toMatchObject([{ outcome: 'done', detail: '4 replayed' }]);
  });

  it('that began in the future is refused', async () => {
    const body = { ...all(), startedAt: instantOf(new Date('2999-01-01')), dryRun: false, rate: 100 };
    await expect(replayStep(deps, body, 'ada', signal)).rejects.toThrow(InvalidRequestError);
  });

  it('of more than it takes goes on with the others, although the latest failed again', async () => {
    for (let n = 0; n < 3; n += 1) await broken(brokenOrder());
    const selection = all();
    const step = () => replaySelection(deps, { selection, rate: 1_000, actor: 'op', selectedMax: 2 }, signal);
    expect(await step()).toMatchObject({ outcomes: { failed: 2 }, remaining: 1 });
    expect(await step()).toMatchObject({ outcomes: { failed: 1 }, remaining: 0 });
  });

  it('predicts those that it has looked at when the time is up', async () => {
    await broken(brokenOrder());
    expect(await predictReplay(deps, all(), signal, { enough: AbortSignal.abort() })).toMatchObject({
      outcomes: { replayed: 0, failed: 0 },
      remaining: 1,
    });
  });

  it('skips what is on no queue any more', async () => {
    await broken({ ...newOrder(), total: '2500' });
    const QueueUrl = target.resources.consumers['order-events'].deadLetterQueueUrl;
    await target.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await replay(all())).toMatchObject({ outcomes: { replayed: 0, skipped: 1 }, remaining: 0 });
    await purgeSelection(deps, { selection: all(), confirm: 1, actor: 'op' }, signal);
    expect((await list()).deadLetters).toEqual([]);
  });

  it.each([
    ['an order', 'search-index', newOrder, { failed: 1, itemDeleted: 0 }],
    ['an order', 'order-events', newOrder, { failed: 0, itemDeleted: 1 }],
    ['an account', 'search-index', accountItem, { failed: 0, itemDeleted: 1 }],
  ] as const)(
    'of the removal of %s without a version by %s is predicted as it ends',
    async (_, consumer, item, outcomes) => {
      const record = removeOf(Object.assign(item(), { version: 'last' }));
      const error = await Promise.resolve(record)
        .then(decodeChange)
        .catch((refusal: unknown) => refusal);
      await deadLettered(target, consumer, record, failureReason(error));
      expect(await predictReplay(deps, all(), signal)).toMatchObject({ outcomes });
      expect(await replay(all())).toMatchObject({ outcomes });
    },
  );

  it('is predicted from what the table holds, and changes nothing then', async () => {
    const [fixed, gone] = [newOrder(), newOrder()];
    await broken({ ...fixed, total: '2500' });
    await table.put(fixed);
    await broken({ ...newOrder(), total: '2500' });
    await deadLettered(target, 'order-events', insertOf(Object.assign(gone, { total: '1' })));
    expect(await predictReplay(deps, all(), signal)).toMatchObject({
      outcomes: { replayed: 1, itemDeleted: 1, failed: 1, skipped: 0 },
      failures: [{ reason: 'contract-violation', issue: { path: 'NewImage.total' }, count: 1 }],
      remaining: 3,
    });
    expect([(await causes()).total, await messagesOn('order-events')]).toEqual([3, 3]);
  });
});

it('a dead letter of a sound order names its broken reservation, is not fixed in the order, and fails as predicted until that is sound', async () => {
  const order = newOrder();
  const reservation = reservationItem({ orderId: order.orderId });
  await table.put(order, { ...reservation, ...{ state: 'HELD' } });
  const id = await deadLettered(target, 'order-events', insertOf(order));
  const path = `ORDER#${order.orderId} RESERVATION.state`;
  const ofAnyOrder = { path: 'ORDER#* RESERVATION.state' };
  const failed = { outcomes: { replayed: 0, failed: 1 }, failures: [{ issue: ofAnyOrder }] };
  expect(await replay(all())).toMatchObject(failed);
  expect(await predictReplay(deps, all(), signal)).toMatchObject(failed);
  const request = { id, set: { [path]: 'RESERVED' }, dryRun: false, actor: 'op' };
  expect(await fixDeadLetter(deps, request, signal)).toMatchObject({
    isApplied: false,
    issues: [{ path, message: 'is of another item: fix that one' }],
  });
  await table.put(reservation);
  const replayed = { outcomes: { replayed: 1, failed: 0 } };
  expect(await predictReplay(deps, all(), signal)).toMatchObject(replayed);
  expect(await replay(all())).toMatchObject(replayed);
});

it('a prediction of a sample counts all that match', async () => {
  for (const order of [newOrder(), newOrder()]) await broken({ ...order, total: '2500' });
  expect(await predictReplay(deps, all(), signal, { sampleMax: 1 })).toMatchObject({
    outcomes: { replayed: 0, failed: 1, skipped: 0 },
    remaining: 2,
  });
});

it('a dead letter is shown and replayed without the objects of the others', async () => {
  const order = newOrder();
  const [id] = await broken({ ...order, total: '2500' });
  await table.put(order);
  const key = `aws/lambda/${randomUUID()}`;
  await target.sqs.send(
    new SendMessageCommand({
      QueueUrl: target.resources.consumers['order-events'].deadLetterQueueUrl,
      MessageBody: JSON.stringify(objectCreated(bucket, key)),
    }),
  );
  const fetched: object[] = [];
  const s3 = Object.create(target.s3, {
    send: { value: async (command: object) => Promise.reject(fetched.push(command)) },
  });
  const counting = { ...deps, s3 };
  expect(id).toBeDefined();
  if (id === undefined) return;
  const shown = await deadLetterView(counting, id, (item) => queueOf(deps, item), signal);
  expect(shown).toMatchObject({ isHidden: false, records: [{ newImage: { total: '2500' } }] });
  const selection = { ids: [id], startedAt: later() };
  expect(await replaySelection(counting, { selection, rate: 1_000, actor: 'op' }, signal)).toMatchObject({
    outcomes: { replayed: 1 },
    remaining: 0,
  });
  expect(fetched).toEqual([]);
});

describe('a purge', () => {
  it('deletes nothing, where another number was confirmed', async () => {
    await broken({ ...newOrder(), total: '2500' });
    const body = { ...all(), confirm: 2 };
    await expect(purgeStep(deps, body, 'ada', signal)).rejects.toThrow(OtherCountError);
    expect(await messagesOn('order-events')).toBe(1);
  });

  it('that fails part way is in the activity log with what it deleted, and goes on from there', async () => {
    for (let n = 0; n < 2; n += 1) await broken(brokenOrder(), ConsumerName.options);
    const body = { ...all(), confirm: 4 };
    await expect(purgeStep(withoutSecondQueue(), body, 'ada', signal)).rejects.toThrow(TypeError);
    expect(await entries()).toMatchObject([
      { outcome: 'partly', detail: '2 purged, then TypeError', counts: { purged: 2 } },
    ]);
    expect(await purgeStep(deps, body, 'ada', signal)).toEqual({ purged: 2, remaining: 0 });
    expect(await entries()).toMatchObject([{ outcome: 'done', detail: '4 purged' }]);
  });

  it('whose end is not written returns what it deleted, and goes on with the exact number', async () => {
    for (let n = 0; n < 2; n += 1) await broken(brokenOrder());
    await broken(brokenOrder(), ['search-index']);
    const lost: string[] = [];
    const activity = new ActivityLog({
      ...{ dynamoDb: withRefusedEnds(dynamoDb), clock: systemClock },
      operationsTableName: target.resources.operationsTableName,
      onLostEnd: ({ action }) => lost.push(action),
    });
    const selection = all();
    const release = await hideOne('search-index');
    const first = await purgeStep({ ...deps, activity }, { ...selection, confirm: 3 }, 'ada', signal);
    expect([first, lost]).toEqual([{ purged: 2, remaining: 1 }, ['purge']]);
    await release();
    await expect(purgeStep(deps, { ...selection, confirm: 2 }, 'ada', signal)).rejects.toThrow(
      OtherCountError,
    );
    expect(await purgeStep(deps, { ...selection, confirm: 1 }, 'ada', signal)).toEqual({
      purged: 1,
      remaining: 0,
    });
  });

  it('asks for the exact number again after a request that deleted nothing', async () => {
    await broken({ ...newOrder(), total: '2500' });
    const selection = all();
    for (const confirm of [2, 3])
      await expect(purgeStep(deps, { ...selection, confirm }, 'ada', signal)).rejects.toThrow(
        OtherCountError,
      );
    expect(await messagesOn('order-events')).toBe(1);
  });

  describe('of more than it takes', () => {
    const selectedMax = 4;
    const failedLater = async (item: object, consumers?: readonly ConsumerName[]) => {
      const before = later();
      await until(() => instantOf(systemClock.now()) > before);
      return broken(item, consumers);
    };
    /** Three older ones, and three that one purge takes. @returns the ids of the older ones, the oldest first. */
    const six = async () => {
      const older = [];
      for (let n = 0; n < 3; n += 1) older.push(...(await failedLater(brokenOrder())));
      for (let n = 0; n < 2; n += 1) await failedLater(brokenOrder());
      await failedLater(brokenOrder(), ['search-index']);
      return older;
    };
    const left = async () => new Set((await list()).deadLetters.map(({ id }) => id));
    const confirmed = async () => {
      const { selection, items, isCutShort } = await purgeableDeadLetters(deps.store, all(), selectedMax);
      expect([items.length, isCutShort]).toEqual([3, true]);
      return { selection, actor: 'op', selectedMax };
    };

    it('is refused, and deletes nothing', async () => {
      await six();
      const purge = { selection: all(), confirm: selectedMax, actor: 'op', selectedMax };
      for (const isContinued of [false, true])
        await expect(purgeSelection(deps, { ...purge, isContinued }, signal)).rejects.toThrow(TooManyError);
      expect((await causes()).total).toBe(6);
    });

    it('is refused, where all of them failed in the same millisecond', async () => {
      await six();
      const { items } = await deps.store.openPage({ consumers: ConsumerName.options, limit: 10 });
      const same = items.map((item) => ({ ...item, failedAt: items[0]?.failedAt }));
      const store = Object.create(deps.store, {
        openPage: { value: async () => ({ items: same, next: {} }) },
      });
      await expect(purgeableDeadLetters(store, all(), selectedMax)).rejects.toThrow(TooManyError);
    });

    it('takes no older one, where some of the confirmed ones ended before it', async () => {
      const older = await six();
      const purge = await confirmed();
      const [latest] = (await list({ consumer: 'order-events' })).deadLetters;
      await replay({ ids: latest === undefined ? [] : [latest.id], startedAt: later() });
      await expect(purgeSelection(deps, { ...purge, confirm: 3 }, signal)).rejects.toThrow(OtherCountError);
      expect([...(await left())]).toEqual(expect.arrayContaining(older));
    });

    it('goes on with the confirmed ones alone, where some of them end between its requests', async () => {
      const older = await six();
      const purge = await confirmed();
      const release = await hideOne('search-index');
      const step = await purgeSelection(deps, { ...purge, confirm: 3 }, signal);
      expect(step).toEqual({ purged: 2, remaining: 1 });
      await release();
      const [hidden] = (await list({ consumer: 'search-index' })).deadLetters;
      if (hidden !== undefined) await deps.store.end(hidden.id, 'replayed', 'automatic-replay');
      const continued = { ...purge, confirm: 1, isContinued: true };
      expect(await purgeSelection(deps, continued, signal)).toEqual({ purged: 0, remaining: 0 });
      expect(await left()).toEqual(new Set(older));
    });

    it('takes no older one in a request that repeats the first number', async () => {
      const older = await six();
      const purge = await confirmed();
      await purgeSelection(deps, { ...purge, confirm: 3 }, signal);
      await expect(purgeSelection(deps, { ...purge, confirm: 3 }, signal)).rejects.toThrow(OtherCountError);
      await purgeSelection(deps, { ...purge, confirm: 3, isContinued: true }, signal);
      expect(await left()).toEqual(new Set(older));
    });
  });

  it('goes on although the index still lists what the request before it ended', async () => {
    for (const order of [newOrder(), newOrder()]) await broken({ ...order, total: '2500' });
    await broken({ ...newOrder(), total: '2500' }, ['search-index']);
    const selection = all();
    const stale = await deps.store.openPage({ consumers: ConsumerName.options, limit: 10 });
    const lagging = { ...deps, store: Object.create(deps.store, { openPage: { value: async () => stale } }) };
    const release = await hideOne('search-index');
    expect(await purgeStep(lagging, { ...selection, confirm: 3 }, 'ada', signal)).toEqual({
      purged: 2,
      remaining: 1,
    });
    await release();
    expect(await purgeStep(lagging, { ...selection, confirm: 1 }, 'ada', signal)).toEqual({
      purged: 1,
      remaining: 0,
    });
  });
});

describe('a fix', () => {
  const fix = (id: DeadLetterId | undefined, set: Record<string, string | number | null>, dryRun = false) =>
    recordedFix(deps, { id: id ?? ('' as DeadLetterId), set, dryRun, actor: 'ada' }, signal);

  it('writes the item with the next version, and settles the twin', async () => {
    const order = newOrder();
    const [id] = await broken({ ...order, status: 'lost', GSI1PK: 'STATUS#lost' }, ConsumerName.options);
    const result = await fix(id, { status: 'placed' });
    expect(result).toMatchObject({
      isApplied: true,
      issues: [],
      replays: [
        { consumer: 'order-events', outcome: 'replayed' },
        { consumer: 'search-index', outcome: 'replayed' },
      ],
    });
    expect(result.changes.map(({ path }) => path).toSorted()).toEqual(
      expect.arrayContaining(['GSI1PK', 'status', 'updatedAt', 'version']),
    );
    expect(result.changes).toContainEqual({
      path: 'version',
      before: String(order.version),
      after: String(order.version + 1),
    });
    expect((await deps.activity.page(1)).items).toMatchObject([
      { action: 'fix', deadLetterId: id, detail: 'status: order-events replayed, search-index replayed' },
    ]);
    expect((await list({ state: 'ended' })).deadLetters).toMatchObject(
      ConsumerName.options.map(() => ({ state: 'replayed', end: { outcome: 'fixed', by: 'ada' } })),
    );
  });

  it('writes nothing that still violates the contract', async () => {
    const item = { ...newOrder(), total: '2500', status: 'lost' };
    const [id] = await broken(item);
    expect(await fix(id, { total: 2_500 })).toMatchObject({
      isApplied: false,
      issues: [{ path: 'status' }],
      replays: [],
    });
    expect(await table.get(item)).toMatchObject({ total: '2500' });
  });

  it('writes nothing in a dry run', async () => {
    const order = newOrder();
    const [id] = await broken({ ...order, total: '2500' });
    const result = await fix(id, { total: order.total }, true);
    expect(result).toMatchObject({ isApplied: false, issues: [] });
    expect(result.changes).toContainEqual({ path: 'total', before: '"2500"', after: String(order.total) });
    expect(await table.get(order)).toMatchObject({ total: '2500' });
  });

  it.each([
    ['no version', { version: undefined }],
    ['a version that is text', { version: 'one' }],
    ['a version of the far future', { version: 8_000_000_000_000_000 }],
  ])('gives an item with %s one of the clock', async (_, wrong) => {
    const order = newOrder();
    const [id] = await broken({ ...order, ...wrong });
    const before = systemClock.firstVersion();
    expect(await fix(id, { currency: order.currency })).toMatchObject({ isApplied: true });
    expect(Number((await table.get(order))?.['version'])).toBeGreaterThanOrEqual(before);
  });

  it('of an item that changes meanwhile writes nothing', async () => {
    const order = newOrder();
    const [id] = await broken({ ...order, total: '2500' });
    const racing = Object.create(dynamoDb, {
      send: {
        value: async (command: Parameters<typeof dynamoDb.send>[0]) => {
          const read = await dynamoDb.send(command);
          if (command.constructor.name === 'GetItemCommand')
            await table.put({ ...order, version: order.version + 7 });
          return read;
        },
      },
    });
    const request = { id: id as DeadLetterId, set: { total: 1 }, dryRun: false, actor: 'ada' };
    const others = { ...deps, dynamoDb: racing };
    await expect(fixDeadLetter(others, { ...request, set: { total: order.total } }, signal)).rejects.toThrow(
      ItemChangedError,
    );
    expect(await table.get(order)).toMatchObject({ version: order.version + 7 });
  });

  it('of a large record whose object a first pass could not read fixes its item and replays its twin', async () => {
    const order = newOrder();
    const item = { ...order, total: '2500' };
    await table.put(item);
    const failed = deadLetterOf(insertOf(item), { attempts: 2 });
    const { record, ...deadLetter } = { record: undefined, ...failed };
    const twin = await deadLettered(target, 'search-index', record, failed.reason);
    const recordAt = { bucket, key: `records/order-events/${deadLetter.eventId}.json` };
    await target.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: recordAt.key, Body: JSON.stringify(record) }),
    );
    const { deadLetterQueueUrl: QueueUrl } = target.resources.consumers['order-events'];
    const MessageBody = JSON.stringify({ ...deadLetter, recordAt });
    await target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const s3 = Object.create(target.s3, { send: { value: async () => Promise.reject(new Error('denied')) } });
    await readQueues({ ...target, s3 });
    const [known] = (await list()).deadLetters.filter(({ kind }) => kind === 'unreadable');
    await readQueues(target);
    const id = known?.id ?? ('' as DeadLetterId);
    expect(await deps.store.get(id)).toMatchObject({
      ...{ kind: 'record', key: { pk: order.pk, sk: order.sk }, eventId: deadLetter.eventId },
      ...{ eventName: 'INSERT', attempts: 2, firstSeenAt: deadLetter.firstSeenAt },
      failedAt: deadLetter.deadLetteredAt,
    });
    expect((await deps.store.ofItem(order)).map((one) => one.id).toSorted()).toEqual([id, twin].toSorted());
    expect(await fix(id, { total: order.total })).toMatchObject({
      isApplied: true,
      replays: [
        { id, outcome: 'replayed' },
        { id: twin, outcome: 'replayed' },
      ],
    });
  });

  it('of an item that the table no longer holds is refused', async () => {
    const id = await deadLettered(target, 'order-events', insertOf(newOrder()));
    await expect(fix(id, { total: 1 })).rejects.toThrow(NotFixableError);
  });
});

describe('a message on the parking queue that names no consumer', () => {
  const undelivered = (name: string) =>
    JSON.stringify({ 'detail-type': 'Object Created', detail: { bucket: { name }, object: { key: 'k' } } });

  it.each([
    ['of a bucket of search-index', undelivered('search-index-dead-letters-1'), 'search-index'],
    ['of a bucket of order-events', undelivered('order-events-dead-letters-1'), 'order-events'],
    ['of nothing known', 'no JSON', 'order-events'],
  ])('%s is registered by a pass, listed, shown and purged', async (_, body, consumer) => {
    const queueUrl = target.resources.parkedDeadLettersUrl;
    await target.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    const queue = { queueUrl, consumer: undefined };
    expect(await registerDeadLetters({ ...deps, queue, signal, messagesMax: 10 })).toEqual({
      isCutShort: false,
    });
    const { deadLetters } = await list({ state: 'parked' });
    expect(deadLetters).toMatchObject([{ consumer, state: 'parked', kind: 'unreadable' }]);
    const [{ id } = { id: '' as DeadLetterId }] = deadLetters;
    expect(await deadLetterView(deps, id, (item) => queueOf(deps, item), signal)).toMatchObject({
      summary: { id },
    });
    const purged = await purgeSelection(deps, { selection: all(), confirm: 1, actor: 'op' }, signal);
    expect(purged).toEqual({ purged: 1, remaining: 0 });
    expect((await list()).deadLetters).toEqual([]);
    const attributes = new GetQueueAttributesCommand({
      ...{ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] },
    });
    const { Attributes } = await target.sqs.send(attributes);
    expect(Attributes?.ApproximateNumberOfMessages).toBe('0');
  });
});
