import { describe, expect, it } from 'vitest';
import { BatchDelivery } from '../../../infra/local/event-source-mapping/batch-delivery.ts';
import type { WaitingRecord } from '../../../infra/local/event-source-mapping/waiting-record.ts';
import { aDelivery } from '../../builders/stream/batch-delivery.ts';
import {
  failedItems,
  functionError,
  success,
  waitingRecords,
} from '../../builders/stream/event-source-mapping.ts';
import { sequenceNumber } from '../../builders/stream/fake-stream.ts';

const { signal } = new AbortController();
const seq = (...numbers: number[]): string[] => numbers.map(sequenceNumber);
const THROTTLED = { outcome: 'throttled' } as const;

/** A delivery of a shard's batches, and the records that it reported as handled, call by call. */
const delivery = (...options: Parameters<typeof aDelivery>) => {
  const given = aDelivery(...options);
  const handled: string[][] = [];
  const noteHandled = (records: readonly WaitingRecord[]) =>
    void handled.push(records.map((record) => record.sequenceNumber));
  return { ...given, handled, delivery: new BatchDelivery(given.deps, 'shard', noteHandled) };
};

describe('the age of a batch', () => {
  it.each([
    ['that of its last record when it is sent', 7_000, 3_000],
    ['none where that arrived later, by another clock', 12_000, 0],
  ])('is %s', async (_what, arrivedAtMs, age) => {
    const ages: number[] = [];
    const clock = { now: () => new Date(10_000) };
    const onBatchSent = (ageMs: number) => void ages.push(ageMs);
    const { deps } = aDelivery({}, () => success(), { clock, onBatchSent });
    const records = [
      ...waitingRecords(2, { arrivedAtMs: 1_000 }),
      ...waitingRecords(3, { arrivedAtMs }).slice(2),
    ];
    await new BatchDelivery(deps, 'shard', () => undefined).deliver(records, signal);
    expect(ages).toEqual([age]);
  });
});

describe('the wait after a failure', () => {
  it('starts from the beginning after a success', async () => {
    const respond = (_event: unknown, n: number) => (n === 1 || n === 3 ? functionError() : success());
    const run = delivery({ bisectBatchOnFunctionError: true }, respond);
    await run.delivery.deliver(waitingRecords(4), signal);
    expect(run.batches()).toEqual([seq(1, 2, 3, 4), seq(1, 2), seq(3, 4), seq(3), seq(4)]);
    expect(run.clock.sleptMs).toEqual([100, 100]);
  });

  it('grows while the function is throttled', async () => {
    const run = delivery({}, (_event, n) => (n <= 3 ? THROTTLED : success()));
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.clock.sleptMs).toEqual([100, 200, 400]);
  });

  it('grows while a part of the batch is reported', async () => {
    const run = delivery({}, (_event, n) => (n <= 2 ? failedItems(...seq(1)) : success()));
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.clock.sleptMs).toEqual([100, 200]);
  });

  it('is left out when no record of the batch is to be sent again', async () => {
    const run = delivery({ maximumRetryAttempts: 0 }, functionError);
    await run.delivery.deliver(waitingRecords(1), signal);
    expect([run.failures.length, run.clock.sleptMs]).toEqual([1, []]);
  });

  it('starts from the beginning with each batch', async () => {
    const run = delivery({}, (_event, n) => (n % 2 === 1 ? functionError() : success()));
    await run.delivery.deliver(waitingRecords(1), signal);
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.clock.sleptMs).toEqual([100, 100]);
  });
});

describe('while a batch is delivered', () => {
  it('the function is seen to run, and not to run afterwards', async () => {
    const seen: boolean[] = [];
    const run = delivery({}, () => {
      seen.push(run.delivery.isInvoking);
      return success();
    });
    seen.push(run.delivery.isInvoking);
    await run.delivery.deliver(waitingRecords(1), signal);
    expect([...seen, run.delivery.isInvoking]).toEqual([false, true, false]);
  });

  it('the retries that it has used up are seen, and none afterwards', async () => {
    const seen: number[] = [];
    const run = delivery({}, (_event, n) => {
      seen.push(run.delivery.retries);
      return n <= 2 ? functionError() : success();
    });
    await run.delivery.deliver(waitingRecords(1), signal);
    expect([...seen, run.delivery.retries]).toEqual([0, 1, 2, 0]);
  });
});

describe('records are reported as handled', () => {
  it('once each, as the function responds', async () => {
    const run = delivery({}, (_event, n) => (n === 1 ? failedItems(...seq(2)) : success()));
    await run.delivery.deliver(waitingRecords(3), signal);
    expect(run.handled).toEqual([seq(1), seq(2, 3)]);
  });

  it('not before there are any', async () => {
    const run = delivery({}, (_event, n) => (n === 1 ? functionError() : success()));
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.handled).toEqual([seq(1)]);
  });

  it('once the on-failure destination has them', async () => {
    const run = delivery({ maximumRetryAttempts: 0 }, functionError);
    await run.delivery.deliver(waitingRecords(2), signal);
    expect(run.handled).toEqual([seq(1, 2)]);
  });
});

describe('a batch that is given up', () => {
  it('reports its own invocations, not those of the batch before', async () => {
    const run = delivery({ maximumRecordAgeInSeconds: 60 }, () => success());
    const nowMs = run.clock.now().getTime();
    await run.delivery.deliver(waitingRecords(1, { arrivedAtMs: nowMs }), signal);
    await run.delivery.deliver(waitingRecords(1, { arrivedAtMs: nowMs - 61_000 }), signal);
    expect(run.failures[0]?.pointers).not.toHaveProperty('responseContext');
    expect(run.failures[0]?.pointers.requestContext.approximateInvokeCount).toBe(0);
  });

  it('reports the last response of the function', async () => {
    const run = delivery({ maximumRetryAttempts: 0 }, functionError);
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.failures[0]?.pointers.responseContext).toMatchObject({ functionError: 'Unhandled' });
  });

  it('is not sent to the function when all of it is too old', async () => {
    const run = delivery({ maximumRecordAgeInSeconds: 60 });
    await run.delivery.deliver(waitingRecords(2), signal);
    expect([run.batches(), run.handled]).toEqual([[], [seq(1, 2)]]);
  });

  it('for its age leaves the young rest, which is sent without a wait', async () => {
    const run = delivery({ maximumRecordAgeInSeconds: 60 });
    const [old, young] = waitingRecords(2);
    if (old === undefined || young === undefined) expect.fail();
    const arrivedAtMs = run.clock.now().getTime();
    await run.delivery.deliver([old, { ...young, arrivedAtMs }], signal);
    expect([run.batches(), run.handled, run.clock.sleptMs]).toEqual([[seq(2)], [seq(1), seq(2)], []]);
  });
});

describe('the log', () => {
  it('names the shard, the error type and the count of records of a function that failed', async () => {
    const run = delivery({ maximumRetryAttempts: 0 }, functionError);
    await run.delivery.deliver(waitingRecords(2), signal);
    expect(run.log.attributes[0]).toEqual({ shardId: 'shard', errorType: 'Error', records: 2 });
  });

  it('says nothing of a success or of a partial response', async () => {
    const run = delivery({}, (_event, n) => (n === 1 ? failedItems(...seq(1)) : success()));
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.log.messages).toEqual([]);
  });

  it('names the shard and the error when the function could not be invoked', async () => {
    const error = new Error('unreachable');
    const run = delivery({}, (_event, n) => {
      if (n === 1) throw error;
      return success();
    });
    await run.delivery.deliver(waitingRecords(1), signal);
    expect(run.log.attributes).toEqual([{ shardId: 'shard', error }]);
  });
});

describe('once it is stopped', () => {
  it('starts no invocation and throws the reason', async () => {
    const run = delivery();
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(run.delivery.deliver(waitingRecords(1), stopped)).rejects.toThrow('stopped');
    expect(run.batches()).toEqual([]);
  });

  it('waits no longer for the next try', async () => {
    const stopping = new AbortController();
    const run = delivery({}, () => {
      stopping.abort(new Error('stopped'));
      return functionError();
    });
    await expect(run.delivery.deliver(waitingRecords(1), stopping.signal)).rejects.toThrow('stopped');
    expect([run.batches().length, run.clock.sleptMs]).toEqual([1, []]);
  });
});
