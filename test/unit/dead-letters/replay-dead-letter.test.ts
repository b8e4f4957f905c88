import {
  DynamoDBStreamsClient,
  DynamoDBStreamsServiceException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { COUNTED_ATTEMPTS_MAX } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { Instant } from '../../../contracts/ids.ts';
import type { DeadLetter } from '../../../pipelines/dead-letters/parse/dead-letter.ts';
import { queuedMessage } from '../../../pipelines/dead-letters/parse/queued-message.ts';
import { parseMessages, readMessages } from '../../../pipelines/dead-letters/queue/queue-pass.ts';
import {
  type ReplayConsumer,
  type ReplayDeps,
  replayDeadLetter,
} from '../../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import { ContractViolationError, DeadLetterRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import type { PoisonRecord } from '../../../pipelines/stream/dead-letter-queue.ts';
import { recordIdentity } from '../../../pipelines/stream/lambda-record.ts';
import {
  deadLetterOf,
  FIRST_SEEN_AT,
  onFailureOf,
  ownPlaces,
  testEvent,
} from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const NOW = Instant.parse('2026-03-02T08:00:00.000Z');
const own = ownPlaces('bucket');
const sound = insertOf(orderItem());
const broken = insertOf(orderItem({ orderId: '01KJMSY7G00000000000000002' }));
const violation = new ContractViolationError('It breaks its contract', []);
const denied = new DynamoDBStreamsServiceException({
  name: 'AccessDeniedException',
  $fault: 'client',
  $metadata: { httpStatusCode: 400 },
  message: 'No permission',
});
const trimmed = new TrimmedDataAccessException({ $metadata: {}, message: 'Trimmed' });
const streamsThat = (send: () => Promise<never>): DynamoDBStreamsClient =>
  Object.assign(new DynamoDBStreamsClient({ region: 'eu-central-1' }), { send });
class Outage extends TransientError {
  override readonly code = 'outage';
  override readonly remedy = 'Wait.';
}

/** The dead letter that a message of this body is. */
async function parsed(body: object, attributes = {}): Promise<DeadLetter> {
  const message = queuedMessage({
    MessageId: 'message-1',
    ReceiptHandle: 'receipt-1',
    Body: JSON.stringify(body),
    Attributes: { SentTimestamp: '1772366400000' },
    MessageAttributes: attributes,
  });
  const read = readMessages([message], 'order-events', own);
  const [first] = await parseMessages(read, { ...own, s3: {} as never }, new AbortController().signal);
  if (first === undefined) throw new Error('There is one message');
  return first.deadLetter;
}

const batchOf = (...records: readonly unknown[]) => onFailureOf({}, JSON.stringify({ Records: records }));

/** A replay, and all that it does beside the records, in its order. */
function replaying(
  replayRecord: ReplayConsumer['replayRecord'],
  more: Partial<ReplayDeps> = {},
  isOpen = true,
) {
  const done: unknown[] = [];
  const accepted: PoisonRecord[] = [];
  const keep = vi.fn(async () => undefined);
  const log =
    (what: string) =>
    async (...args: readonly unknown[]) => {
      done.push([what, ...args]);
    };
  const consumer: ReplayConsumer = {
    replayRecord,
    deadLetters: {
      accept: async (poison) => {
        accepted.push(poison);
        done.push(['accept']);
        return deadLetterIdOf('order-events', recordIdentity(poison.record).eventId);
      },
    },
  };
  const deps: ReplayDeps = {
    queue: { queueUrl: 'queue', consumer: 'order-events' },
    consumers: { 'order-events': consumer, 'search-index': consumer },
    rateLimiter: { acquire: async () => undefined },
    clock: { now: () => new Date(NOW) } as ReplayDeps['clock'],
    store: {
      begin: async (entry, attempt) => {
        done.push(['begin', entry.attempts, entry.failedAt, attempt]);
        return { id: entry.id } as never;
      },
      queued: log('queued'),
      register: log('register'),
      renew: async () => {
        done.push(['renew']);
        return isOpen;
      },
      end: async (_, outcome, by) => {
        done.push(['end', outcome, by]);
      },
    },
    actor: 'ada',
    streams: new DynamoDBStreamsClient({ region: 'eu-central-1' }),
    whenTrimmed: async () => [],
    ...more,
  };
  const pass = {
    keep,
    delete: async () => {
      done.push(['delete']);
    },
    resend: async (_: unknown, notes: unknown, queueUrl?: string) => {
      done.push(['resend', notes, queueUrl]);
    },
  };
  const replay = async (body: object, { attributes = {}, signal = new AbortController().signal } = {}) =>
    replayDeadLetter(await parsed(body, attributes), pass, deps, signal);
  return { replay, done, accepted, consumer, keep };
}

const succeeds = async () => 'replayed' as const;
const fails = (error: unknown) => async () => {
  throw error;
};
/** Fails for the broken record alone. */
const failsForBroken: ReplayConsumer['replayRecord'] = async (record) => {
  if (recordIdentity(record).eventId === recordIdentity(broken).eventId) throw violation;
  return 'replayed';
};

describe('the dead letter of a record', () => {
  it('is ended in the store, and then deleted, once its record has succeeded', async () => {
    const { replay, done } = replaying(succeeds);
    expect(await replay(deadLetterOf(sound))).toMatchObject({
      outcome: 'replayed',
      records: { replayed: 1, itemDeleted: 0, failed: 0 },
      isOutage: false,
    });
    expect(done).toEqual([['end', 'replayed', 'ada'], ['delete']]);
  });

  it('is ended as one whose item is deleted', async () => {
    const { replay, done } = replaying(async () => 'item-deleted');
    expect(await replay(deadLetterOf(sound))).toMatchObject({ outcome: 'item-deleted' });
    expect(done).toEqual([['end', 'item-deleted', 'ada'], ['delete']]);
  });

  it('is sent again with one attempt more and its first time, and then deleted, when its record fails', async () => {
    const { replay, done, accepted } = replaying(fails(violation));
    expect(await replay(deadLetterOf(sound, { attempts: 3 }))).toMatchObject({
      outcome: 'failed',
      code: 'contract-violation',
      records: { failed: 1 },
      isOutage: false,
    });
    expect(done).toEqual([['accept'], ['delete']]);
    expect(accepted).toMatchObject([{ attempts: 4, firstSeenAt: FIRST_SEEN_AT, by: 'ada' }]);
    expect(accepted[0]).not.toHaveProperty('batch');
  });

  it('has no more attempts than are counted', async () => {
    const { replay, accepted } = replaying(fails(violation));
    await replay(deadLetterOf(sound, { attempts: COUNTED_ATTEMPTS_MAX }));
    expect(accepted).toMatchObject([{ attempts: COUNTED_ATTEMPTS_MAX }]);
  });

  it('is an outage where a service has failed', async () => {
    const { replay } = replaying(fails(new Outage('The table did not respond')));
    expect(await replay(deadLetterOf(sound))).toMatchObject({ code: 'outage', isOutage: true });
  });

  it('stays as it is when the queue refuses its failure', async () => {
    const refusing = replaying(fails(violation));
    const deadLetters = { accept: fails(new DeadLetterRefusedError('The queue is full')) };
    const consumer = { ...refusing.consumer, deadLetters };
    const { replay, done } = replaying(fails(violation), {
      consumers: { 'order-events': consumer, 'search-index': consumer },
    });
    expect(await replay(deadLetterOf(sound))).toMatchObject({ outcome: 'failed', isOutage: true });
    expect(done).toEqual([]);
  });

  it('stays as it is when the replay is interrupted', async () => {
    const { replay, done } = replaying(succeeds);
    const result = await replay(deadLetterOf(sound), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: 'interrupted', from: [], records: { replayed: 0 } });
    expect(done).toEqual([]);
  });

  it('is kept hidden while its record is replayed', async () => {
    const { replay, keep } = replaying(succeeds);
    await replay(deadLetterOf(sound));
    expect(keep).toHaveBeenCalledOnce();
  });
});

describe('a batch that Lambda gave up', () => {
  it('is replayed where only some of its items are deleted', async () => {
    let calls = 0;
    const { replay } = replaying(async () => (calls++ === 0 ? 'replayed' : 'item-deleted'));
    expect(await replay(batchOf(sound, broken))).toMatchObject({
      outcome: 'replayed',
      records: { replayed: 1, itemDeleted: 1 },
    });
  });

  it('is replayed where the stream and the table have nothing of it', async () => {
    const { replay } = replaying(succeeds, { streams: streamsThat(fails(trimmed)) });
    expect(await replay(onFailureOf())).toMatchObject({ outcome: 'replayed', from: ['table'] });
  });

  /** A replay that is interrupted while it replays the first record of these. */
  async function interrupted(replayRecord: ReplayConsumer['replayRecord'], ...records: readonly unknown[]) {
    const controller = new AbortController();
    const kit = replaying(async (record, within) => {
      controller.abort();
      return replayRecord(record, within);
    });
    // Records of one item come one after the other.
    return { ...kit, result: await kit.replay(batchOf(...records), { signal: controller.signal }) };
  }
  const changed = (record: DynamoDBRecord, eventID: string) => ({ ...record, eventID });

  it('is put back, to go on at its next record, when the replay is interrupted between two of them', async () => {
    const { result, done } = await interrupted(succeeds, sound, changed(sound, 'next'));
    expect(result).toMatchObject({ outcome: 'interrupted', records: { replayed: 1 } });
    expect(done).toEqual([
      ['renew'],
      ['resend', { consumer: 'order-events', nextRecord: 'next' }, undefined],
      ['delete'],
    ]);
  });

  it('goes on at the record that its message names', async () => {
    const ids: string[] = [];
    const { replay } = replaying(async (record) => {
      ids.push(recordIdentity(record).eventId);
      return 'replayed';
    });
    const attributes = { nextRecord: { DataType: 'String', StringValue: 'second' } };
    const batch = batchOf(changed(sound, 'first'), changed(sound, 'second'), changed(sound, 'third'));
    expect(await replay(batch, { attributes })).toMatchObject({ outcome: 'replayed' });
    expect(ids).toEqual(['second', 'third']);
  });

  it('is replayed from the beginning where it has no record of the name', async () => {
    const { replay } = replaying(succeeds);
    const attributes = { nextRecord: { DataType: 'String', StringValue: 'other' } };
    expect(await replay(batchOf(sound, broken), { attributes })).toMatchObject({ records: { replayed: 2 } });
  });

  it('stays as it is where its next record has no event id', async () => {
    const { result, done } = await interrupted(succeeds, sound, { no: 'record' });
    expect([result.outcome, done]).toEqual(['interrupted', []]);
  });

  it('is put back after each record that failed before the interruption became a dead letter of its own', async () => {
    const { result, done } = await interrupted(fails(violation), sound, changed(sound, 'next'));
    expect(result).toMatchObject({ outcome: 'interrupted', code: 'contract-violation' });
    expect(done).toEqual([
      ['accept'],
      ['renew'],
      ['resend', expect.objectContaining({ nextRecord: 'next' }), undefined],
      ['delete'],
    ]);
  });

  it('is only deleted where another receiver of its message has ended it before the interruption', async () => {
    const controller = new AbortController();
    const endsAfter = async () => {
      controller.abort();
      return 'replayed' as const;
    };
    const { replay, done } = replaying(endsAfter, {}, false);
    const batch = batchOf(sound, changed(sound, 'next'));
    expect(await replay(batch, { signal: controller.signal })).toMatchObject({ outcome: 'interrupted' });
    expect(done).toEqual([['renew'], ['delete']]);
  });

  it('stays as it is where it comes from the table and is cut off, and none of its failures is kept', async () => {
    const controller = new AbortController();
    const { replay, done } = replaying(
      async () => {
        controller.abort();
        throw violation;
      },
      {
        streams: streamsThat(fails(trimmed)),
        whenTrimmed: async () => [sound, changed(sound, 'next')],
      },
    );
    const result = await replay(onFailureOf(), { signal: controller.signal });
    expect(result).toMatchObject({ outcome: 'interrupted', records: { replayed: 0, failed: 0 } });
    expect([result.code, done]).toEqual([undefined, []]);
  });

  it('has failed where a service failed before the interruption, and goes on at that record', async () => {
    const outage = fails(new Outage('The table did not respond'));
    const { result, done } = await interrupted(outage, changed(sound, 'first'), changed(sound, 'next'));
    expect(result).toMatchObject({ outcome: 'failed', isOutage: true });
    expect(done).toContainEqual([
      'resend',
      expect.objectContaining({ attempts: 2, nextRecord: 'first' }),
      undefined,
    ]);
  });

  it('is sent again as it is where a service has failed for one of its records, and another is broken', async () => {
    const { replay, accepted } = replaying(async (record, signal) => {
      await failsForBroken(record, signal);
      throw new Outage('The table did not respond');
    });
    expect(await replay(batchOf(broken, sound))).toMatchObject({
      code: 'contract-violation',
      isOutage: true,
    });
    expect(accepted).toEqual([]);
  });

  it('is deleted once all of its records have succeeded', async () => {
    const { replay, done } = replaying(succeeds);
    expect(await replay(batchOf(sound, broken))).toMatchObject({
      outcome: 'replayed',
      from: ['payload'],
      records: { replayed: 2 },
    });
    expect(done).toEqual([['end', 'replayed', 'ada'], ['delete']]);
  });

  it('is deleted after each record that failed became a dead letter of its own', async () => {
    const { replay, done, accepted } = replaying(failsForBroken);
    const { id } = await replay(batchOf(sound, broken), {
      attributes: { attempts: { DataType: 'Number', StringValue: '4' } },
    });
    expect(done).toEqual([['accept'], ['end', 'replayed', 'ada'], ['delete']]);
    expect(accepted).toMatchObject([
      { record: { eventID: broken.eventID }, attempts: 1, firstSeenAt: NOW, batch: id },
    ]);
  });

  it('is sent again as it is with one attempt more when a service has failed', async () => {
    const { replay, done } = replaying(fails(new Outage('The table did not respond')));
    const result = await replay(batchOf(sound, broken), {
      attributes: { attempts: { DataType: 'Number', StringValue: '4' } },
    });
    expect(result).toMatchObject({ outcome: 'failed', code: 'outage', isOutage: true });
    expect(done).toMatchObject([
      ['begin', 5, NOW, { by: 'ada', outcome: 'failed', code: 'outage' }],
      ['resend', { consumer: 'order-events', attempts: 5, failedAt: NOW }, undefined],
      ['queued', {}, 'waiting'],
      ['delete'],
    ]);
  });

  it('is sent again where its pointers may not be read, and the next one may be', async () => {
    const { replay, done } = replaying(succeeds, { streams: streamsThat(fails(denied)) });
    expect(await replay(onFailureOf())).toMatchObject({ code: 'pointers-refused', isOutage: false });
    expect(done.map((step) => (Array.isArray(step) ? step[0] : step))).toEqual([
      'begin',
      'resend',
      'queued',
      'delete',
    ]);
  });
});

describe('a message that holds no record', () => {
  it('is deleted where S3 only tries its permission', async () => {
    const { replay, done } = replaying(succeeds);
    expect(await replay(testEvent('bucket'))).toMatchObject({ outcome: 'ignored' });
    expect(done).toEqual([['end', 'purged', 'ada'], ['delete']]);
  });

  it('stays where it cannot be read', async () => {
    const { replay, done } = replaying(succeeds);
    expect(await replay({ no: 'dead letter' })).toMatchObject({ outcome: 'unreadable' });
    expect(done).toEqual([]);
  });
});
