import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { ActivityLog } from '../../../pipelines/operations/activity.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { withRefusedEnds } from '../parts/refused-ends.ts';
import { createOperationsTable } from '../parts/table.ts';

const dynamoDb = localDynamoDb();
let operationsTableName: string;
let now: Date;
let log: ActivityLog;

beforeEach(async () => {
  now = new Date('2026-03-02T00:00:00.000Z');
  operationsTableName = await createOperationsTable(dynamoDb);
  log = new ActivityLog({
    ...{ dynamoDb, operationsTableName, clock: { now: () => now } },
    onLostEnd: (_entry, error) => expect.fail(String(error)),
  });
});

const replay = { by: 'op-1', action: 'replay', target: 'all' } as const;
const entries = async () => (await log.page(100)).items;

describe('the activity log', () => {
  it('has an action from before it begins until after it ended', async () => {
    let seen: unknown;
    await log.record(replay, async () => {
      seen = await entries();
      return { result: 1, end: { outcome: 'partly', detail: '2 replayed, 18 failed' } };
    });
    expect(seen).toMatchObject([{ by: 'op-1', action: 'replay', outcome: 'started' }]);
    expect(await entries()).toMatchObject([
      { outcome: 'partly', detail: '2 replayed, 18 failed', endedAt: now.toISOString() },
    ]);
  });

  it('says that an action failed, and passes on its error', async () => {
    const run = async () => Promise.reject(new TypeError('secret'));
    await expect(log.record(replay, run)).rejects.toThrow(TypeError);
    expect(await entries()).toMatchObject([{ outcome: 'failed', detail: 'TypeError' }]);
  });

  it('says what an action had done before it failed', async () => {
    const run = async () => Promise.reject(new TypeError('secret'));
    const soFar = () => ({ outcome: 'partly', detail: '2 purged', counts: { purged: 2 } }) as const;
    await expect(log.record(replay, run, soFar)).rejects.toThrow(TypeError);
    expect(await entries()).toMatchObject([
      { outcome: 'partly', detail: '2 purged, then TypeError', counts: { purged: 2 } },
    ]);
  });

  describe('that cannot write how an action ended', () => {
    let lost: (readonly [string, unknown])[];
    beforeEach(() => {
      lost = [];
      log = new ActivityLog({
        ...{ dynamoDb: withRefusedEnds(dynamoDb), operationsTableName, clock: { now: () => now } },
        onLostEnd: ({ target }, error) => lost.push([target, error]),
      });
    });

    it('returns the result of the action, and reports what is lost', async () => {
      const run = async () => ({ result: 1, end: { outcome: 'done', detail: '1 replayed' } }) as const;
      expect(await log.record(replay, run)).toBe(1);
      expect(lost).toEqual([['all', new TypeError('denied')]]);
      expect(await entries()).toMatchObject([{ outcome: 'started' }]);
    });

    it('passes on the error of the action, and reports what is lost', async () => {
      const run = async () => Promise.reject(new RangeError('the error of the action'));
      await expect(log.record(replay, run)).rejects.toThrow(RangeError);
      expect(lost).toEqual([['all', new TypeError('denied')]]);
    });
  });

  it('has one entry for the requests of one action, with what the earlier ones counted', async () => {
    const action = { ...replay, at: Instant.parse('2026-03-01T23:59:00.000Z') };
    await log.complete(await log.start(action), {
      outcome: 'started',
      detail: '1 replayed',
      counts: { replayed: 1 },
    });
    const again = await log.start(action);
    expect(again.counts).toEqual({ replayed: 1 });
    expect(again.endedAt).toBeUndefined();
    expect(await entries()).toHaveLength(1);
  });

  it('shows an action and an outcome that a later release has stored', async () => {
    const { action: _, ...started } = await log.start(replay);
    const item = { ...started, action: 'hand-over', outcome: 'refused' };
    await dynamoDb.send(
      new PutItemCommand({
        TableName: operationsTableName,
        Item: marshall(item, { removeUndefinedValues: true }),
      }),
    );
    expect(await entries()).toMatchObject([{ action: 'hand-over', outcome: 'refused' }]);
  });

  it('lists the latest first, over days, page by page', async () => {
    const targets = Array.from({ length: 30 }, (_, index) => `t${index}`);
    for (const target of targets) {
      await log.start({ ...replay, target });
      now = new Date(now.getTime() + 7 * 3_600_000);
    }
    const listed: string[] = [];
    for (let next: Parameters<typeof log.page>[1], more = true; more; more = next !== undefined) {
      const page = await log.page(7, next);
      listed.push(...page.items.map(({ target }) => target));
      next = page.next;
    }
    expect(listed).toEqual(targets.toReversed());
  });

  it('has no entry that is older than it keeps them', async () => {
    await log.start(replay);
    now = new Date('2026-09-01T00:00:00.000Z');
    expect(await entries()).toEqual([]);
  });
});
