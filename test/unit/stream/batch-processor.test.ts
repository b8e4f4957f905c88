import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserId } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { StreamBatchProcessor } from '../../../pipelines/stream/batch-processor.ts';
import type { StreamChange } from '../../../pipelines/stream/stream-change.ts';
import { pseudonymOf } from '../../../pipelines/users/pseudonym.ts';
import {
  consumeBatch,
  consumerThat,
  keptDeadLetters,
  keptFailures,
  keptLog,
  keptMetrics,
  reported,
  sequenceOf,
} from '../../builders/stream/stream-batch.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const ORDER_IDS = [
  '01KJMSY7G00000000000000001',
  '01KJMSY7G00000000000000002',
  '01KJMSY7G00000000000000003',
] as const;
const [A, B, C] = ORDER_IDS;
const order = (orderId: string, version = 1_000) => orderItem({ orderId, version });
const poisonOf = (orderId: string) => {
  const record = insertOf(order(orderId));
  return {
    ...record,
    dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb?.NewImage, total: { S: 'many' } } },
  };
};
const orderIdOf = (change: StreamChange): string => change.key.sk.replace('ORDER#', '');

/** Fails the changes that `shouldFail` names and keeps the order in which all were tried. */
function failing(shouldFail: (change: StreamChange) => Error | undefined) {
  const tried: string[] = [];
  const handle = async (change: StreamChange): Promise<void> => {
    tried.push(`${orderIdOf(change)}@${change.version}`);
    await Promise.resolve();
    const error = shouldFail(change);
    if (error !== undefined) throw error;
  };
  return { tried, handle };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a batch in which all succeeds', () => {
  it('reports nothing', async () => {
    expect(await consumeBatch([insertOf(order(A)), insertOf(order(B))])).toEqual({ batchItemFailures: [] });
  });

  it('hands the changes of one item over in their order', async () => {
    const { tried, handle } = failing(() => undefined);
    await consumeBatch([insertOf(order(A, 1)), modifyOf(order(A, 1), order(A, 2)), removeOf(order(A, 2))], {
      consumer: consumerThat({ handle }),
    });
    expect(tried).toEqual([`${A}@1`, `${A}@2`, `${A}@3`]);
  });

  it('handles different items at the same time, up to the limit', async () => {
    let running = 0;
    let most = 0;
    const handle = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await consumeBatch(
      ORDER_IDS.map((id) => insertOf(order(id))),
      { consumer: consumerThat({ handle, concurrencyMax: 2 }) },
    );
    expect(most).toBe(2);
  });
});

describe('a transient failure', () => {
  it('is reported together with the later records of the same item, which are not tried', async () => {
    const records = [insertOf(order(A, 1)), insertOf(order(B)), modifyOf(order(A, 1), order(A, 2))];
    const { tried, handle } = failing((change) =>
      orderIdOf(change) === A ? new TransientError('sink is away') : undefined,
    );
    const response = await consumeBatch(records, { consumer: consumerThat({ handle }) });
    expect(reported(response)).toEqual(
      [records[0], records[2]].map((record) => record && sequenceOf(record)),
    );
    expect(tried).not.toContain(`${A}@2`);
  });

  it('is what an error of an unknown class counts as', async () => {
    const record = insertOf(order(A));
    const { handle } = failing(() => new RangeError('never seen before'));
    expect(reported(await consumeBatch([record], { consumer: consumerThat({ handle }) }))).toEqual([
      sequenceOf(record),
    ]);
  });

  it('of every record is reported and not thrown, so that the mapping does not bisect', async () => {
    const records = ORDER_IDS.map((id) => insertOf(order(id)));
    const { handle } = failing(() => new TransientError('sink is away'));
    expect(reported(await consumeBatch(records, { consumer: consumerThat({ handle }) }))).toEqual(
      records.map(sequenceOf),
    );
  });

  it('of a record without a sequence number fails the complete batch', async () => {
    const { dynamodb, ...rest } = insertOf(order(A));
    const refusing = { accept: async () => Promise.reject(new TransientError('queue is away')) };
    const response = await consumeBatch([{ ...rest, dynamodb: { Keys: dynamodb?.Keys ?? {} } }], {
      deadLetters: refusing,
    });
    expect(reported(response)).toEqual(['']);
  });
});

describe('what a handler throws', () => {
  it('that is no Error counts as a transient failure too', async () => {
    const record = insertOf(order(A));
    const handle = async (): Promise<void> => Promise.reject(undefined);
    expect(reported(await consumeBatch([record], { consumer: consumerThat({ handle }) }))).toEqual([
      sequenceOf(record),
    ]);
  });
});

describe('a permanent failure', () => {
  it('of the contract puts the complete record on the dead-letter queue, and the batch continues', async () => {
    const deadLetters = keptDeadLetters();
    const poison = poisonOf(A);
    const { tried, handle } = failing(() => undefined);
    const response = await consumeBatch([poison, insertOf(order(B))], {
      deadLetters,
      consumer: consumerThat({ handle }),
    });
    expect(response).toEqual({ batchItemFailures: [] });
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([poison]);
    expect(deadLetters.deadLetterMessages[0]?.error.issues).toEqual([
      expect.objectContaining({ path: 'NewImage.total' }),
    ]);
    expect(tried).toEqual([`${B}@1000`]);
  });

  it('of a sink does the same, and the later records of the item are still tried', async () => {
    const deadLetters = keptDeadLetters();
    const { tried, handle } = failing((change) =>
      change.version === 1 ? new SinkRefusedError('no such field') : undefined,
    );
    const records = [insertOf(order(A, 1)), modifyOf(order(A, 1), order(A, 2))];
    const response = await consumeBatch(records, { deadLetters, consumer: consumerThat({ handle }) });
    expect(response).toEqual({ batchItemFailures: [] });
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([records[0]]);
    expect(tried).toEqual([`${A}@1`, `${A}@2`]);
  });

  it('is sent to the queue as seen now, for the first time', async () => {
    const deadLetters = keptDeadLetters();
    const now = new Date('2026-03-01T12:00:00.000Z');
    await consumeBatch([poisonOf(A)], { deadLetters, clock: { ...systemClock, now: () => now } });
    expect(deadLetters.deadLetterMessages).toMatchObject([{ firstSeenAt: now.toISOString(), attempts: 1 }]);
  });

  it('counts as handled only once the queue has accepted it', async () => {
    const poison = poisonOf(A);
    const refusing = { accept: async () => Promise.reject(new TransientError('queue is away')) };
    expect(reported(await consumeBatch([poison], { deadLetters: refusing }))).toEqual([sequenceOf(poison)]);
  });

  it('after a transient one waits for its next delivery, so that an outage sends one dead letter and not one with every retry', async () => {
    const deadLetters = keptDeadLetters();
    const records = [poisonOf(A), insertOf(order(B)), poisonOf(C)];
    const { handle } = failing(() => new TransientError('sink is away'));
    const response = await consumeBatch(records, { deadLetters, consumer: consumerThat({ handle }) });
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([records[0]]);
    expect(reported(response)).toEqual(records.slice(1).map(sequenceOf));
  });
});

describe('a dead-letter queue in trouble', () => {
  const many = Array.from({ length: 25 }, (_, index) => `01KJMSY7G0${String(index + 100).padStart(16, '0')}`);

  it('that refuses one dead letter gets no later ones, since their records come again', async () => {
    const records = many.map(poisonOf);
    const accepted: unknown[] = [];
    const accept = async ({ record }: { readonly record: unknown }): Promise<void> => {
      if (record === records[0]) throw new TransientError('too large for the bucket that is away');
      accepted.push(record);
    };
    const response = await consumeBatch(records, { deadLetters: { accept } });
    expect(accepted).toEqual([]);
    expect(reported(response)).toEqual(records.map(sequenceOf));
  });

  it('that accepts the first dead letter gets the others ten at a time', async () => {
    const records = many.map(poisonOf);
    const rounds: number[] = [];
    let accepting = 0;
    const accept = async (): Promise<void> => {
      accepting += 1;
      await new Promise(setImmediate);
      if (accepting > 0) rounds.push(accepting);
      accepting = 0;
    };
    expect(reported(await consumeBatch(records, { deadLetters: { accept } }))).toEqual([]);
    expect(rounds).toEqual([1, 10, 10, 4]);
  });

  it('that refuses a later one gets none after that one', async () => {
    const records = many.map(poisonOf);
    const accepted: unknown[] = [];
    const accept = async ({ record }: { readonly record: unknown }): Promise<void> => {
      if (record === records[3]) throw new TransientError('too large for the bucket that is away');
      accepted.push(record);
    };
    const response = await consumeBatch(records, { deadLetters: { accept } });
    const together = records.slice(0, 11).filter((record) => record !== records[3]);
    expect(accepted).toEqual(together);
    expect(reported(response)).toEqual(
      [records[3], ...records.slice(11)].map((one) => one && sequenceOf(one)),
    );
  });

  it('has the time that is kept back for it, once that of the work has expired', async () => {
    const deadLetters = keptDeadLetters();
    const response = await consumeBatch([poisonOf(A)], { deadLetters, reserveMs: 10_000 }, 9_000);
    expect(reported(response)).toEqual([]);
    expect(deadLetters.deadLetterMessages).toHaveLength(1);
  });

  it('that hangs cannot keep the report from getting out', async () => {
    const poison = poisonOf(A);
    const hangs = { accept: () => new Promise<void>(() => undefined) };
    expect(reported(await consumeBatch([poison], { deadLetters: hangs, reserveMs: 100 }, 150))).toEqual([
      sequenceOf(poison),
    ]);
  });
});

describe('the end of the time', () => {
  it('gives up what hangs and reports it with all that was not started', async () => {
    const records = ORDER_IDS.map((id) => insertOf(order(id)));
    const handle = (change: StreamChange): Promise<void> =>
      orderIdOf(change) === A ? Promise.resolve() : new Promise(() => undefined);
    const response = await consumeBatch(
      records,
      { consumer: consumerThat({ handle, concurrencyMax: 1 }), reserveMs: 100 },
      150,
    );
    expect(reported(response)).toEqual(records.slice(1).map(sequenceOf));
  });

  it('starts nothing after it, when what hung does end', async () => {
    const [first, second] = [insertOf(order(A)), insertOf(order(B))];
    const { promise, resolve } = Promise.withResolvers<void>();
    const handle = vi.fn(() => promise);
    const consumer = consumerThat({ handle, concurrencyMax: 1 });
    const response = await consumeBatch([first, second], { consumer, reserveMs: 100 }, 150);
    resolve();
    await new Promise(setImmediate);
    expect(handle).toHaveBeenCalledOnce();
    expect(reported(response)).toEqual([first, second].map(sequenceOf));
  });

  it('starts nothing when there is no time to begin with', async () => {
    const { tried, handle } = failing(() => undefined);
    const record = insertOf(order(A));
    const response = await consumeBatch(
      [record],
      { consumer: consumerThat({ handle }), reserveMs: 200 },
      150,
    );
    expect(reported(response)).toEqual([sequenceOf(record)]);
    expect(tried).toEqual([]);
  });

  it('leaves no timer for work that ended in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await consumeBatch([insertOf(order(A)), poisonOf(B)]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the log of failures', () => {
  const away = new TransientError('sink is away');
  const writtenAt = ({ dynamodb }: DynamoDBRecord) =>
    new Date((dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000);

  it('gets the first failed record of a batch, with its key, its time and how many failed, and the time of the oldest', async () => {
    const failures = keptFailures();
    const { handle } = failing((change) => (orderIdOf(change) === A ? undefined : away));
    const [a, b, c] = [insertOf(order(A)), insertOf(order(B)), insertOf(order(C))];
    await consumeBatch([a, b, c], { failures, consumer: consumerThat({ handle }) });
    const { pk, sk } = order(B);
    const recordAt = writtenAt(b);
    expect(failures.batches).toEqual([
      {
        first: { eventId: b.eventID, key: { pk, sk }, recordAt, error: away, records: 2 },
        handled: [a.eventID],
        oldest: { eventId: a.eventID, recordAt: writtenAt(a) },
      },
    ]);
  });

  it('gets a dead-lettered record as handled', async () => {
    const failures = keptFailures();
    const poison = poisonOf(A);
    await consumeBatch([poison], { failures });
    const oldest = { eventId: poison.eventID, recordAt: writtenAt(poison) };
    expect(failures.batches).toEqual([{ first: undefined, handled: [poison.eventID], oldest }]);
  });

  it('gets no key that may be a name or an address', async () => {
    const failures = keptFailures();
    const record = insertOf(order(A));
    const keys = { pk: { S: 'ada@example.com' }, sk: { S: 'x' } };
    const refusing = { accept: async () => Promise.reject(away) };
    await consumeBatch([{ ...record, dynamodb: { ...record.dynamodb, Keys: keys } }], {
      failures,
      deadLetters: refusing,
    });
    expect(failures.batches[0]?.first).toMatchObject({ eventId: record.eventID, key: undefined });
  });

  it('has half of the time that is kept back for the report', async () => {
    const aborted: boolean[] = [];
    const failures = { write: async (_: unknown, signal: AbortSignal) => void aborted.push(signal.aborted) };
    await consumeBatch([insertOf(order(A))], { failures, reserveMs: 10_000 }, 501);
    await consumeBatch([insertOf(order(A))], { failures, reserveMs: 10_000 }, 499);
    expect(aborted).toEqual([false, true]);
  });

  it('has no time where the invocation has none', async () => {
    const aborted: boolean[] = [];
    const failures = { write: async (_: unknown, signal: AbortSignal) => void aborted.push(signal.aborted) };
    const { handle } = failing(() => away);
    await consumeBatch([insertOf(order(A))], { failures, consumer: consumerThat({ handle }) }, 0);
    expect(aborted).toEqual([true]);
  });
});

describe('a processor without a context', () => {
  const processorOf = (handle: (change: StreamChange) => Promise<void>) =>
    new StreamBatchProcessor({
      consumer: consumerThat({ handle }),
      deadLetters: keptDeadLetters(),
      failures: keptFailures(),
      logger: keptLog(),
      metrics: keptMetrics(),
      clock: systemClock,
      reserveMs: 100,
    });

  it('has all the time that a timer can hold', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise, resolve } = Promise.withResolvers<void>();
    const processor = processorOf(() => promise);
    processor.register([insertOf(order(A))], () => undefined);
    const processed = processor.process();
    await vi.advanceTimersByTimeAsync(24 * 60 * 60 * 1_000);
    resolve();
    await processed;
    expect(processor.response()).toEqual({ batchItemFailures: [] });
  });

  it('reports for each record its outcome', async () => {
    const failed = new TransientError('sink is away');
    const { handle } = failing((change) => (orderIdOf(change) === B ? failed : undefined));
    const processor = processorOf(handle);
    const records = [insertOf(order(A)), insertOf(order(B)), poisonOf(C)];
    processor.register(records, () => undefined, { throwOnFullBatchFailure: false });
    const deadLetterLater = expect.any(String);
    expect(await processor.process()).toEqual([
      ['success', undefined, records[0]],
      ['fail', 'sink is away', records[1]],
      ['fail', deadLetterLater, records[2]],
    ]);
  });

  it('reports with each batch that batch alone', async () => {
    const { handle } = failing((change) =>
      orderIdOf(change) === A ? new TransientError('sink is away') : undefined,
    );
    const processor = processorOf(handle);
    const first = insertOf(order(A));
    processor.register([first], () => undefined, { throwOnFullBatchFailure: false });
    await processor.process();
    expect(reported(processor.response())).toEqual([sequenceOf(first)]);
    processor.register([insertOf(order(B))], () => undefined);
    await processor.process();
    expect(reported(processor.response())).toEqual([]);
  });

  it('handles no record alone, which would be out of order', async () => {
    const processor = processorOf(async () => undefined);
    await expect(processor.processRecord()).rejects.toThrow(TypeError);
    expect(() => processor.processRecordSync()).toThrow(TypeError);
  });
});

describe('delivery of the newest change alone', () => {
  const newest = (handle: (change: StreamChange) => Promise<void>) =>
    consumerThat({ handle, delivery: 'newest-change' });

  it('hands over the last change of each item', async () => {
    const { tried, handle } = failing(() => undefined);
    await consumeBatch([insertOf(order(A, 1)), insertOf(order(B, 7)), modifyOf(order(A, 1), order(A, 2))], {
      consumer: newest(handle),
    });
    expect(tried).toEqual([`${A}@2`, `${B}@7`]);
  });

  it('reports the earlier changes too when the newest fails, so that none is lost', async () => {
    const records = [insertOf(order(A, 1)), modifyOf(order(A, 1), order(A, 2))];
    const { handle } = failing(() => new TransientError('sink is away'));
    expect(reported(await consumeBatch(records, { consumer: newest(handle) }))).toEqual(
      records.map(sequenceOf),
    );
  });

  it('sends the newest alone to the dead-letter queue where the sink refuses it, since the earlier ones are out of date', async () => {
    const deadLetters = keptDeadLetters();
    const records = [insertOf(order(A, 1)), modifyOf(order(A, 1), order(A, 2))];
    const { handle } = failing(() => new SinkRefusedError('no such field'));
    const response = await consumeBatch(records, { deadLetters, consumer: newest(handle) });
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([records[1]]);
    expect(reported(response)).toEqual([]);
  });

  it('skips a poison change and hands over the last one that keeps the contract', async () => {
    const deadLetters = keptDeadLetters();
    const { tried, handle } = failing(() => undefined);
    const poison = poisonOf(A);
    await consumeBatch([insertOf(order(A, 1)), poison], { deadLetters, consumer: newest(handle) });
    expect(tried).toEqual([`${A}@1`]);
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([poison]);
  });
});

describe('delivery of the newest change that changes something', () => {
  const odd = (handle: (change: StreamChange) => Promise<void>) =>
    consumerThat({
      handle,
      delivery: 'newest-change',
      changesNothing: ({ version }) => version % 2 === 0,
    });
  const versions = (id: string, ...ofItem: readonly number[]) =>
    ofItem.map((version) => insertOf(order(id, version)));

  it('leaves out those that change nothing before it looks for the newest', async () => {
    const { tried, handle } = failing(() => undefined);
    await consumeBatch([...versions(A, 1, 3, 4, 6), ...versions(B, 2)], { consumer: odd(handle) });
    expect(tried).toEqual([`${A}@3`]);
  });

  it('goes on with the next item after one of which nothing changes', async () => {
    const { tried, handle } = failing(() => undefined);
    const consumer = { ...odd(handle), concurrencyMax: 1 };
    await consumeBatch([...versions(A, 2), ...versions(B, 1)], { consumer });
    expect(tried).toEqual([`${B}@1`]);
  });

  it('counts what it leaves out as handled', async () => {
    const metrics = keptMetrics();
    const { handle } = failing(() => undefined);
    await consumeBatch([...versions(A, 1, 2), ...versions(B, 2)], { metrics, consumer: odd(handle) });
    expect(metrics.counts).toMatchObject([{ handled: 3, retried: 0, deadLettered: 0 }]);
  });

  it('fails with all before it, so that the change itself is delivered again', async () => {
    const { handle } = failing(() => new TransientError('throttled'));
    const records = versions(A, 1, 3, 4);
    const response = await consumeBatch([...versions(B, 2), ...records], { consumer: odd(handle) });
    expect(reported(response)).toEqual(records.map(sequenceOf));
  });

  it('is dead-lettered as the change that the sink refuses, also where a record between it and the newest fails', async () => {
    const deadLetters = keptDeadLetters();
    const { handle } = failing((change) =>
      orderIdOf(change) === A ? new SinkRefusedError('refused') : new TransientError('throttled'),
    );
    const [refused, failed, newest] = [...versions(A, 1), ...versions(B, 1), ...versions(A, 2)];
    const records = [refused, failed, newest].filter((record) => record !== undefined);
    const response = await consumeBatch(records, { deadLetters, consumer: odd(handle) });
    expect(deadLetters.deadLetterMessages.map(({ record }) => record)).toEqual([refused]);
    expect(reported(response)).toEqual([failed].map((record) => record && sequenceOf(record)));
  });
});

describe('the log', () => {
  it('names failed records without any personal data of theirs', async () => {
    const logger = keptLog();
    const { handle } = failing(() => new TypeError('cannot read Ada Example'));
    await consumeBatch([insertOf(order(A)), poisonOf(B)], { logger, consumer: consumerThat({ handle }) });
    const text = logger.lines.join('\n');
    expect(text).toContain('TypeError');
    expect(text).not.toMatch(/Ada|Dresden/);
  });

  it('says of a record that is delivered again why it failed, or what it waits for', async () => {
    const logger = keptLog();
    const records = [insertOf(order(A, 1)), modifyOf(order(A, 1), order(A, 2))];
    const { handle } = failing(() => new TransientError('sink is away'));
    await consumeBatch(records, { logger, consumer: consumerThat({ handle }) });
    expect(logger.lines.map((line) => JSON.parse(line))).toMatchObject([
      ['Record failed and will be delivered again', { reason: 'transient: sink is away' }],
      [
        'Record failed and will be delivered again',
        {
          reason: `earlier-record-failed: An earlier record of the same item failed: ${records[0]?.eventID}`,
        },
      ],
      ['Batch processed', { handled: 0, retried: 2, deadLettered: 0 }],
    ]);
  });

  it('says of a record that was given up that the time expired', async () => {
    const logger = keptLog();
    const consumer = consumerThat({ handle: () => new Promise(() => undefined), concurrencyMax: 1 });
    const records = [insertOf(order(A)), insertOf(order(B))];
    await consumeBatch(records, { logger, consumer, reserveMs: 100 }, 150);
    const reasons = logger.lines.slice(0, 2).map((line) => JSON.parse(line)[1].reason);
    expect(reasons).toEqual(records.map(() => 'out-of-time: The invocation is out of time'));
  });

  it('says of a dead letter which fields are wrong', async () => {
    const logger = keptLog();
    await consumeBatch([poisonOf(A), insertOf(order(B))], { logger });
    expect(logger.lines.map((line) => JSON.parse(line))).toMatchObject([
      ['Record dead-lettered', { consumer: 'order-events', issues: [{ path: 'NewImage.total' }] }],
      ['Batch processed', { handled: 1, retried: 0, deadLettered: 1 }],
    ]);
  });

  it('names a record by its key, its event id, its sequence number and what it is correlated by', async () => {
    const logger = keptLog();
    const record = poisonOf(A);
    await consumeBatch([record], { logger });
    const { eventID } = record;
    expect(logger.lines.map((line) => JSON.parse(line))).toContainEqual([
      'Record dead-lettered',
      expect.objectContaining({
        key: { pk: `USER#${pseudonymOf(UserId.parse('u-1'))}`, sk: `ORDER#${A}` },
        eventId: eventID,
        sequenceNumber: sequenceOf(record),
        correlationId: eventID,
      }),
    ]);
  });

  it('leaves out a key of unknown shape, which may hold anything', async () => {
    const logger = keptLog();
    const at = { pk: 'USER#ada@example.com', sk: 'PROFILE#ada@example.com' };
    await consumeBatch([insertOf({ ...order(A), ...at })], { logger });
    expect(logger.lines.join('\n')).not.toContain('ada@');
  });

  it('logs which records a batch held', async () => {
    const logger = keptLog();
    const records = ORDER_IDS.map((id) => insertOf(order(id)));
    await consumeBatch(records, { logger });
    expect(logger.lines.map((line) => JSON.parse(line))).toEqual([
      [
        'Batch processed',
        expect.objectContaining({
          correlationId: 'request-1',
          records: 3,
          firstSequenceNumber: records[0] && sequenceOf(records[0]),
          lastSequenceNumber: records[2] && sequenceOf(records[2]),
        }),
      ],
    ]);
  });
});

describe('the metrics', () => {
  it('count the outcomes of the records, by event type', async () => {
    const metrics = keptMetrics();
    const { handle } = failing((change) =>
      orderIdOf(change) === C ? new TransientError('sink is away') : undefined,
    );
    const records = [insertOf(order(A)), poisonOf(B), removeOf(order(B)), insertOf(order(C))];
    await consumeBatch(records, { metrics, consumer: consumerThat({ handle }) });
    expect(metrics.counts).toEqual([
      { consumer: 'order-events', eventType: 'INSERT', handled: 1, retried: 1, deadLettered: 1 },
      { consumer: 'order-events', eventType: 'REMOVE', handled: 1, retried: 0, deadLettered: 0 },
    ]);
  });

  it('count nothing of a batch without records', async () => {
    const metrics = keptMetrics();
    expect(await consumeBatch([], { metrics })).toEqual({ batchItemFailures: [] });
    expect(metrics.counts).toEqual([]);
  });

  it('count a record that does not say what happened as unreadable', async () => {
    const metrics = keptMetrics();
    const { eventName: _, ...record } = insertOf(order(A));
    await consumeBatch([record], { metrics });
    expect(metrics.counts).toMatchObject([{ eventType: 'unreadable', deadLettered: 1 }]);
  });
});

describe('the trace', () => {
  it('names the ends of the batch, and ends with it', async () => {
    const begun: unknown[] = [];
    const trace = {
      begin:
        (...what: unknown[]) =>
        (end: string) =>
          void begun.push([...what, end]),
    };
    const records = ORDER_IDS.map((id) => insertOf(order(id)));
    await consumeBatch(records, { trace });
    const [first, , last] = records;
    expect(begun).toEqual([
      [
        'order-events',
        {
          annotations: {
            consumer: 'order-events',
            records: 3,
            firstEventId: first?.eventID,
            firstSequenceNumber: first && sequenceOf(first),
            lastEventId: last?.eventID,
            lastSequenceNumber: last && sequenceOf(last),
          },
        },
        'ok',
      ],
    ]);
  });
});
