import { setImmediate } from 'node:timers/promises';
import { type DynamoDBStreamsClient, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from 'vitest';
import { aMapping, functionError, mappingRun, success } from '../../builders/stream/event-source-mapping.ts';
import { sequenceNumber } from '../../builders/stream/fake-stream.ts';
import { drained, endlessSleep, seq, started, streamOf } from '../../builders/stream/started-mapping.ts';
import { eventually } from '../../builders/waiting.ts';

const READ = 'GetRecordsCommand';
const reads = (run: ReturnType<typeof mappingRun>): number =>
  run.stream.calls.filter((call) => call === READ).length;

/** Responds once the gate is open. */
const gated = () => {
  const gate = Promise.withResolvers<void>();
  return { respond: () => gate.promise.then(() => success()), open: () => gate.resolve() };
};

describe('the status of a shard', () => {
  it('shows the age of its oldest record over all lanes', async () => {
    const { respond, open } = gated();
    const run = mappingRun({ parallelizationFactor: 10 }, respond, { sleep: endlessSleep() });
    const nowMs = run.clock.now().getTime();
    const putAt = (key: string, age: number) => run.stream.put(key, { createdAt: new Date(nowMs - age) });
    putAt('oldest', 91_000);
    for (let n = 1; n <= 20; n += 1) putAt(`key-${n}`, 1_000);
    await started(run);
    await eventually(() => expect(run.mapping.status()[0]?.recordsWaiting).toBe(21));
    expect(run.mapping.status()[0]).toMatchObject({ state: 'reading', millisBehind: 91_000, retries: 0 });
    open();
    await eventually(() => expect(run.mapping.status()[0]?.recordsWaiting).toBe(0));
    expect(run.mapping.status()[0]?.millisBehind).toBe(0);
  });

  it('has no lag though this machine’s clock is late', async () => {
    const { respond, open } = gated();
    const run = mappingRun({}, respond, { sleep: endlessSleep() });
    run.stream.put('a', { createdAt: new Date(run.clock.now().getTime() + 5_000) });
    await started(run);
    await eventually(() => expect(run.mapping.status()[0]?.invocationsInProgress).toBe(1));
    expect(run.mapping.status()[0]).toMatchObject({ recordsWaiting: 1, millisBehind: 0 });
    open();
  });

  it('is draining while the last records of a closed shard are handled', async () => {
    const { respond, open } = gated();
    const stream = streamOf('a');
    stream.closeShard('shard-1');
    const run = mappingRun({}, respond, { stream });
    const began = run.mapping.moment();
    await started(run);
    await eventually(() => expect(run.mapping.status()[0]?.state).toBe('draining'));
    expect(run.mapping.drainedSince(began)).toBe(false);
    open();
    await eventually(() => expect(run.mapping.status()[0]?.state).toBe('finished'));
  });

  it('shows the most retries that a current batch has used up', async () => {
    const keys = Array.from({ length: 20 }, (_, n) => `key-${n}`);
    const seen: (number | undefined)[] = [];
    const run = mappingRun(
      { parallelizationFactor: 10, maximumRetryAttempts: 2 },
      (event) => {
        seen.push(run.mapping.status()[0]?.retries);
        return event.Records.some(({ dynamodb }) => dynamodb?.SequenceNumber === sequenceNumber(3))
          ? functionError()
          : success();
      },
      { stream: streamOf(...keys) },
    );
    await drained(run);
    expect([seen.at(-1), run.mapping.status()[0]?.retries]).toEqual([2, 0]);
  });
});

describe('an open shard', () => {
  it('is read on at once after a page with records, and after a while once it is empty', async () => {
    const sleep = endlessSleep();
    const run = mappingRun({}, undefined, { stream: streamOf('a'), sleep, tuning: { pollIntervalMs: 123 } });
    await started(run);
    await eventually(() => expect(sleep).toHaveBeenCalledWith(123, expect.anything()));
    expect(reads(run)).toBe(2);
  });

  it('is not drained while records follow those that were filtered out', async () => {
    const stream = streamOf(...Array.from({ length: 1_001 }, () => 'a'));
    const whileRead: boolean[] = [];
    const send = async (...sent: Parameters<typeof stream.client.send>) => {
      if (sent[0] instanceof GetRecordsCommand) whileRead.push(run.mapping.drainedSince(0));
      return stream.client.send(...sent);
    };
    const streams = { send } as unknown as DynamoDBStreamsClient;
    const run = mappingRun({ filterPatterns: [{ eventName: ['REMOVE'] }] }, undefined, { stream, streams });
    await drained(run);
    expect(whileRead.slice(0, 3)).toEqual([false, false, false]);
  });

  it('is read again after waits that grow with each failure, until one succeeds', async () => {
    const run = mappingRun({}, undefined, {
      stream: streamOf('a'),
      tuning: { pollIntervalMs: 7, retryDelayMsBase: 1_000, shardDiscoveryIntervalMs: 999_999 },
    });
    const failing = (times: number) => {
      for (let n = 0; n < times; n += 1) run.stream.failNext(READ, new Error('reset'));
    };
    failing(3);
    await drained(run);
    failing(1);
    await eventually(() =>
      expect(run.clock.sleptMs.filter((ms) => ms !== 7 && ms < 999_999)).toHaveLength(4),
    );
    expect(run.clock.sleptMs.filter((ms) => ms !== 7 && ms < 999_999)).toEqual([500, 1_000, 2_000, 500]);
  });

  it('is not read on while the records that wait take too many bytes, and then it is', async () => {
    const { respond, open } = gated();
    const run = mappingRun({}, respond, { stream: streamOf('a'), tuning: { bytesWaitingMax: 1 } });
    await started(run);
    await eventually(() => expect(run.batches()).toHaveLength(1));
    for (let n = 0; n < 20; n += 1) await setImmediate();
    expect(reads(run)).toBe(1);
    open();
    run.stream.put('a');
    await eventually(() => expect(run.batches()).toEqual([seq(1), seq(2)]));
  });

  it('is read on while the bytes that wait are below the bound', async () => {
    const { respond, open } = gated();
    const run = mappingRun({}, respond, { stream: streamOf('a') });
    await started(run);
    await eventually(() => expect(reads(run)).toBeGreaterThan(2));
    open();
  });
});

describe('a closed shard', () => {
  it('is not waited for after its last page', async () => {
    const sleep = endlessSleep();
    const stream = streamOf();
    stream.closeShard('shard-1');
    const run = mappingRun({}, undefined, { stream, sleep, tuning: { pollIntervalMs: 123 } });
    await started(run);
    await eventually(() => expect(run.mapping.status()[0]?.state).toBe('finished'));
    expect(sleep).not.toHaveBeenCalledWith(123, expect.anything());
  });
});

describe('a stopped mapping', () => {
  it('is not drained, even if it was seen before', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    const began = run.mapping.moment();
    await drained(run);
    await run.mapping.stop();
    expect(run.mapping.drainedSince(began)).toBe(false);
  });

  it('writes no checkpoint of an end that it has not seen', async () => {
    const run = mappingRun({});
    await drained(run);
    await run.mapping.stop();
    expect(await run.checkpoints.read(aMapping().id, 'shard-1')).toBeUndefined();
  });

  it('has nothing to log', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    await run.mapping.stop();
    expect(run.log.messages).toEqual([]);
  });
});
