import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Lane } from '../../../infra/local/event-source-mapping/lane.ts';
import { aDelivery } from '../../builders/stream/batch-delivery.ts';
import { failedItems, success, waitingRecords } from '../../builders/stream/event-source-mapping.ts';
import { sequenceNumber } from '../../builders/stream/fake-stream.ts';

const seq = (...numbers: number[]): string[] => numbers.map(sequenceNumber);

/** A lane that runs, and what it reported to its shard. */
const running = (...options: Parameters<typeof aDelivery>) => {
  const given = aDelivery(...options);
  const handled: string[][] = [];
  let batchesEnded = 0;
  const lane = new Lane(given.deps, 'shard', {
    handled: (records) => void handled.push(records.map((record) => record.sequenceNumber)),
    batchEnded: () => {
      batchesEnded += 1;
    },
  });
  const stopping = new AbortController();
  const ended = lane.run(stopping.signal);
  ended.catch(() => undefined);
  onTestFinished(() => stopping.abort());
  const add = (records: ReturnType<typeof waitingRecords>) => {
    for (const record of records) lane.add(record);
  };
  return { ...given, lane, add, ended, stopping, handled, batchesEnded: () => batchesEnded };
};

describe('a lane', () => {
  it('ends once it is notified that no record comes, and all are delivered', async () => {
    const run = running({ batchSize: 2 });
    run.add(waitingRecords(3));
    run.lane.end();
    await run.ended;
    expect([run.batches(), run.batchesEnded()]).toEqual([[seq(1, 2), seq(3)], 2]);
  });

  it('ends when it is notified of that while it waits for a record', async () => {
    const run = running();
    await setImmediate();
    run.lane.end();
    await expect(run.ended).resolves.toBeUndefined();
  });

  it('ends with the signal’s reason while it waits for a record', async () => {
    const run = running();
    await setImmediate();
    run.stopping.abort(new Error('stopped'));
    await expect(run.ended).rejects.toThrow('stopped');
  });

  it('ends with the signal’s reason though it is at its end too', async () => {
    const run = running();
    run.stopping.abort(new Error('stopped'));
    run.lane.end();
    await expect(run.ended).rejects.toThrow('stopped');
  });

  it('reports the end of a batch that was not delivered', async () => {
    const run = running({}, () => {
      run.stopping.abort(new Error('stopped'));
      return { outcome: 'throttled' };
    });
    run.add(waitingRecords(1));
    await expect(run.ended).rejects.toThrow('stopped');
    expect(run.batchesEnded()).toBe(1);
  });
});

describe('the batching window', () => {
  it('begins with the first record, not with the lane', async () => {
    const run = running({ maximumBatchingWindowInSeconds: 60 });
    await run.clock.sleep(1_000_000, undefined);
    run.add(waitingRecords(1));
    await run.clock.sleep(59_999, undefined);
    expect(run.batches()).toEqual([]);
    await run.clock.sleep(2, undefined);
    expect(run.batches()).toEqual([seq(1)]);
  });

  it('is not started again by the records that come within it', async () => {
    const run = running({ maximumBatchingWindowInSeconds: 60 });
    const [first, second] = waitingRecords(2);
    run.add(first === undefined ? [] : [first]);
    await run.clock.sleep(40_000, undefined);
    run.add(second === undefined ? [] : [second]);
    await run.clock.sleep(20_001, undefined);
    expect(run.batches()).toEqual([seq(1, 2)]);
  });

  it('is cut short by the record that fills the batch', async () => {
    const run = running({ maximumBatchingWindowInSeconds: 60, batchSize: 2 });
    const [first, second] = waitingRecords(2);
    run.add(first === undefined ? [] : [first]);
    await run.clock.sleep(1, undefined);
    run.add(second === undefined ? [] : [second]);
    await run.clock.sleep(1, undefined);
    expect(run.batches()).toEqual([seq(1, 2)]);
  });

  it('is cut short by the end of the shard', async () => {
    const run = running({ maximumBatchingWindowInSeconds: 60 });
    run.add(waitingRecords(1));
    await run.clock.sleep(1, undefined);
    run.lane.end();
    await run.ended;
    expect(run.clock.now().getTime()).toBeLessThan(Date.UTC(2026, 0, 1) + 60_000);
  });
});

describe('what is not handled yet', () => {
  it('are the records that wait and those of the current batch', async () => {
    const gate = Promise.withResolvers<void>();
    const run = running({ batchSize: 2 }, () => gate.promise.then(() => success()));
    run.add(waitingRecords(3));
    await run.clock.sleep(1, undefined);
    expect([run.batches(), run.lane.unhandled, run.lane.isInvoking]).toEqual([[seq(1, 2)], 3, true]);
    gate.resolve();
    run.lane.end();
    await run.ended;
    expect([run.lane.unhandled, run.lane.isInvoking]).toEqual([0, false]);
  });

  it('begins with the first of the current batch', async () => {
    const gate = Promise.withResolvers<void>();
    const run = running({ batchSize: 1 }, () => gate.promise.then(() => success()));
    run.add(waitingRecords(2));
    await run.clock.sleep(1, undefined);
    expect(run.lane.oldest?.sequenceNumber).toBe(sequenceNumber(1));
    gate.resolve();
  });

  it('begins with the first that waits when there is no current batch', async () => {
    const run = running({ maximumBatchingWindowInSeconds: 60 });
    run.add(waitingRecords(2));
    expect(run.lane.oldest?.sequenceNumber).toBe(sequenceNumber(1));
  });

  it('does not count what was handled of a batch that is retried', async () => {
    const remaining: number[] = [];
    const run = running({}, (_event, n) => {
      remaining.push(run.lane.unhandled);
      return n === 1 ? failedItems(...seq(3)) : success();
    });
    run.add(waitingRecords(3));
    run.lane.end();
    await run.ended;
    expect([remaining, run.handled]).toEqual([
      [3, 1],
      [seq(1, 2), seq(3)],
    ]);
  });

  it('has the retries of the current batch', async () => {
    const retries: number[] = [];
    const run = running({}, (_event, n) => {
      retries.push(run.lane.retries);
      return n === 1 ? failedItems(...seq(1)) : success();
    });
    run.add(waitingRecords(1));
    run.lane.end();
    await run.ended;
    expect(retries).toEqual([0, 1]);
  });
});
