import { randomUUID } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ServiceException } from '@smithy/core/client';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  DeadLetterId,
  DeadLetterPage,
  DeadLetterView,
  ReplayStep,
} from '../../../contracts/api/dead-letters.ts';
import { parse, parseJson } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { operatorsHandler } from '../../../handlers/api/operators.ts';
import { EXIT } from '../../../infra/ops/command-line/exit-codes.ts';
import { list } from '../../../infra/ops/commands/dlq/list.ts';
import { purge } from '../../../infra/ops/commands/dlq/purge.ts';
import { replay } from '../../../infra/ops/commands/dlq/replay.ts';
import { deadLetterDeps } from '../../../infra/ops/commands/dlq/selection.ts';
import { show } from '../../../infra/ops/commands/dlq/show.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { systemClock as clock, instantOf } from '../../../pipelines/clock.ts';
import { readDeadLetter } from '../../../pipelines/dead-letters/parse/dead-letter.ts';
import { replayAutomatically } from '../../../pipelines/dead-letters/replay/automatic-replay.ts';
import { replayConsumers } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import type { ApiRequest } from '../../builders/api-event.ts';
import { deadLetterOf, ownPlaces } from '../../builders/dead-letters/dead-letters.ts';
import { ODD_OBJECTS, ODD_PREFIXES, oddMessages } from '../../builders/dead-letters/odd-dead-letters.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { calling } from '../api/write-api.ts';
import { localDynamoDb, localS3 } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { opsTarget, readQueues, runCommand } from './ops-target.ts';

const GOOD = 10;
const MINUTES_3 = 180_000;
const bucket = `letters-${randomUUID()}`;
const messages = oddMessages({ bucket, missingBucket: `none-${randomUUID()}` });
const transient = { code: 'search-unavailable', message: 'OpenSearch did not answer', issues: [] };
const look = { parked: false, limit: 1_000, ended: false, readQueues: true };
const filters = { parked: false, args: [], dryRun: false };
/** No control character, and nothing that hides or reverses text; line breaks part the lines that are printed. */
const NOT_PRINTED = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;
const Listed = z.object({
  deadLetters: z.array(z.object({ id: DeadLetterId, kind: z.string(), reason: z.string() })),
});
const Replayed = z.object({
  results: z.array(z.object({ id: DeadLetterId, outcome: z.string() })),
  outcomes: z.object({ replayed: z.int(), itemDeleted: z.int(), failed: z.int(), skipped: z.int() }),
  remaining: z.int(),
});

let table: TestTable;
let target: OpsTarget;
let s3Requests: string[];
/** Which kind each message is of, by its dead letter's id. */
let odd: Map<DeadLetterId, (typeof messages)[number]>;
let good: Map<DeadLetterId, ReturnType<typeof orderItem>>;

beforeAll(async () => {
  table = new TestTable(localDynamoDb(), await createTestTable(localDynamoDb()));
  const s3 = localS3();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const prefix of ODD_PREFIXES)
    for (const [key, Body] of Object.entries(ODD_OBJECTS))
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + key, Body: Buffer.from(Body) }));
});

/** One message of each odd kind among ten good ones, on the queue of `order-events`; one good one on the other. */
beforeEach(async () => {
  target = await opsTarget(table.tableName, bucket);
  s3Requests = [];
  target.s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        s3Requests.push(commandName);
        const key = 'Key' in args.input ? args.input.Key : undefined;
        if (String(key).endsWith('denied')) throw denied();
        const result = await next(args);
        if (String(key).endsWith('large')) Object.assign(result.output, { ContentLength: 17 * 1_048_576 });
        return result;
      },
    { step: 'initialize' },
  );
  // As AWS responds for the stream of another account.
  target.streams.middlewareStack.add(() => async () => Promise.reject(denied()), { step: 'initialize' });
  odd = new Map();
  good = new Map();
  const goodEvery = Math.ceil(messages.length / GOOD);
  for (const [index, message] of messages.entries()) {
    if (index % goodEvery === 0) await sendGood();
    odd.set(await send(message.body), message);
  }
  while (good.size < GOOD) await sendGood();
  await readQueues(target);
  s3Requests = [];
});

const denied = (): Error =>
  new ServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {} });

async function send(
  body: string,
  consumer: 'order-events' | 'search-index' = 'order-events',
): Promise<DeadLetterId> {
  const { deadLetterQueueUrl } = target.resources.consumers[consumer];
  const sent = await target.sqs.send(
    new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: body }),
  );
  const message = { messageId: sent.MessageId ?? '', receiptHandle: '', body };
  return readDeadLetter(
    { ...message, receives: 1, notes: {}, sentAt: clock.now() },
    consumer,
    ownPlaces(bucket),
  ).id;
}
async function sendGood(): Promise<void> {
  const order = orderItem({ orderId: ulid(), userId: `u-${ulid()}` });
  await table.put(order);
  good.set(await send(JSON.stringify(deadLetterOf(insertOf(order), { reason: transient }))), order);
}

const run = <Options>(command: Parameters<typeof runCommand<Options>>[1], options: Options, isJson = true) =>
  runCommand(target, command, options, isJson);
async function listed() {
  const { code, text } = await run(list, look);
  expect(code).toBe(EXIT.ok);
  return parseJson(Listed, text).deadLetters;
}
/** The consumers as the system runs them. */
const consumersOf = () =>
  replayConsumers({ ...target, ...target.resources, clock, places: target.resources.consumers });
const storeOf = () => new DeadLetterStore({ ...target, ...target.resources, clock });
const call = async (operationId: string, request: ApiRequest): Promise<unknown> => {
  const { status, body } = await calling(
    operatorsHandler(apiDeps()),
    operationId,
  )({ ...request, caller: { sub: 'ada', scope: 'ops:read ops:write' } });
  expect([request, status]).toEqual([request, 200]);
  return body;
};
function apiDeps() {
  const functions = { 'order-events': 'order-events', 'search-index': 'search-index' };
  const api = { ...deadLetterDeps(target), functions, pageTokens: pageTokens(), logger: keptLog() };
  const mappingId = async (consumer: ConsumerName) => consumer;
  const deadLetterQueueUrls = Object.values(target.resources.consumers).map(
    ({ deadLetterQueueUrl }) => deadLetterQueueUrl,
  );
  return {
    ...target,
    ...target.resources,
    ...api,
    deadLetterQueueUrls,
    mappingId,
    ...{ service: 'test', maximumRecordAgeSeconds: 21_600 },
    scopePrefix: '',
    cloudWatch: new CloudWatchClient({ region: 'local' }),
  };
}
async function expectHandled(): Promise<void> {
  for (const { orderId } of good.values())
    expect(await table.get({ pk: `ORDER#${orderId}`, sk: 'TALLY' })).toBeDefined();
}
const oddOf = (outcome: string): string[] =>
  [...odd].filter(([, message]) => message.outcome === outcome).map(([id]) => id);

describe('with one of every broken dead letter among ten good ones', () => {
  it('dlq list names each of them', async () => {
    const deadLetters = await listed();
    expect(deadLetters).toHaveLength(messages.length + GOOD);
    expect(Object.fromEntries(deadLetters.map(({ id, kind }) => [id, kind]))).toEqual(
      Object.fromEntries([
        ...[...odd].map(([id, { kind }]) => [id, kind]),
        ...[...good.keys()].map((id) => [id, 'record']),
      ]),
    );
    expect((await run(list, look, false)).text).not.toMatch(NOT_PRINTED);
  });

  it('dlq show shows each of them, for people and for scripts', { timeout: MINUTES_3 }, async () => {
    for (const [id, { what }] of odd) {
      const options = { args: [id] as [DeadLetterId] };
      const forPeople = await run(show, options, false);
      const forScripts = await run(show, options);
      expect([what, forPeople.code, forScripts.code]).toEqual([what, EXIT.ok, EXIT.ok]);
      expect(forPeople.text, what).not.toMatch(NOT_PRINTED);
      expect(forScripts.text, what).not.toMatch(NOT_PRINTED);
      expect(parseJson(DeadLetterView, forScripts.text).summary.id, what).toBe(id);
    }
  });

  it('dlq replay replays the good ones, and leaves none of the others out', async () => {
    const { code, text } = await run(replay, { ...filters, rate: 1_000 });
    const { results, outcomes, remaining: left } = parseJson(Replayed, text);
    expect([code, left, outcomes.skipped]).toEqual([EXIT.differs, 0, oddOf('unreadable').length]);
    expect(Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]))).toEqual(
      Object.fromEntries([
        ...[...odd]
          .filter(([id]) => !oddOf('unreadable').includes(id))
          .map(([id, { outcome }]) => [id, outcome]),
        ...[...good.keys()].map((id) => [id, 'replayed']),
      ]),
    );
    await expectHandled();
    const remaining = await listed();
    expect(
      remaining
        .filter(({ kind }) => kind === 'unreadable')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(oddOf('unreadable').toSorted());
    expect(remaining).toHaveLength(oddOf('unreadable').length + oddOf('failed').length);
  });

  it('dlq replay prints nothing that a terminal obeys', async () => {
    expect((await run(replay, { ...filters, rate: 1_000 }, false)).text).not.toMatch(NOT_PRINTED);
  });

  it('dlq purge deletes all that the filter selects, and reads no bucket', async () => {
    const { code, text } = await run(purge, { ...filters, yes: true }, false);
    expect([code, s3Requests]).toEqual([EXIT.ok, []]);
    expect(text).not.toMatch(NOT_PRINTED);
    expect(await listed()).toEqual([]);
  });

  it('dlq purge deletes the one that is named', async () => {
    const [named] = odd.keys();
    expect((await run(purge, { ...filters, args: [`${named}`], yes: true })).code).toBe(EXIT.ok);
    const remaining = (await listed()).map(({ id }) => id);
    expect([remaining.length, remaining.some((id) => id === named)]).toEqual([
      messages.length + GOOD - 1,
      false,
    ]);
  });

  it('the automatic replay replays the good ones of this queue and of the next', async () => {
    const order = orderItem({ orderId: ulid(), userId: `u-${ulid()}` });
    await table.put(order);
    await send(
      JSON.stringify(deadLetterOf(insertOf(order), { reason: transient, consumer: 'order-events' })),
      'search-index',
    );
    const { resources } = target;
    const logger = keptLog();
    const consumers = {
      'order-events': consumersOf()['order-events'],
      'search-index': consumersOf()['order-events'],
    };
    const { ends, outcomes, unreadable } = await replayAutomatically({
      ...{ ...target, ...ownPlaces(bucket), clock, consumers, store: storeOf(), logger, attemptsMax: 5 },
      queues: (['order-events', 'search-index'] as const).map((consumer) => ({
        queueUrl: resources.consumers[consumer].deadLetterQueueUrl,
        consumer,
      })),
      parkedQueueUrl: resources.parkedDeadLettersUrl,
      rateLimiter: { acquire: async () => undefined },
      signal: new AbortController().signal,
    });
    expect([ends, outcomes]).toMatchObject([['done', 'done'], { replayed: GOOD + 1 }]);
    // Each of those that could not be read was warned of.
    expect(unreadable).toBeGreaterThan(GOOD);
    expect(logger.lines.filter((line) => line.includes('Dead letter cannot be read'))).toHaveLength(
      unreadable,
    );
    await expectHandled();
  });

  it('the API lists, shows and replays each of them', { timeout: MINUTES_3 }, async () => {
    const listedBy = async (nextToken?: string): Promise<number> => {
      const query = { consumer: 'order-events', limit: '100', ...(nextToken !== undefined && { nextToken }) };
      const page = parse(DeadLetterPage, await call('listDeadLetters', { query }));
      return page.deadLetters.length + (page.nextToken === undefined ? 0 : await listedBy(page.nextToken));
    };
    expect(await listedBy()).toBe(messages.length + GOOD);
    for (const [id, { what }] of odd) {
      const shown = await call('getDeadLetter', { path: { id } });
      expect(parse(DeadLetterView, shown).summary.id, what).toBe(id);
    }
    // Replayed one by one, which is slow: one of each that is listed and ends in another way.
    const kinds = Map.groupBy(odd, ([, { kind, outcome }]) => `${kind} ${outcome}`);
    for (const [first] of kinds.values()) {
      if (first === undefined) continue;
      const [id, { what, outcome }] = first;
      const body = { ids: [id], startedAt: instantOf(clock.now()) };
      const { outcomes, remaining } = parse(ReplayStep, await call('replayDeadLetters', { body }));
      const counted = { failed: 'failed', unreadable: 'skipped', 'item-deleted': 'itemDeleted' } as const;
      expect([what, remaining, outcomes[counted[outcome]]]).toEqual([what, 0, 1]);
    }
  });
});
