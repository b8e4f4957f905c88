import { ExpiredIteratorException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it, vi } from 'vitest';
import { MemoryCheckpointStore } from '../../../infra/local/event-source-mapping/checkpoints.ts';
import {
  MappingInTransitionError,
  MappingStartedError,
} from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { InvalidMappingSettingsError } from '../../../infra/local/event-source-mapping/settings.ts';
import {
  aMapping,
  failedItems,
  functionError,
  mappingRun,
  partitionOf,
  sequencesOf,
  success,
  untilDrained,
} from '../../builders/stream/event-source-mapping.ts';
import { FakeStream, sequenceNumber } from '../../builders/stream/fake-stream.ts';
import { drained, seq, started, streamOf } from '../../builders/stream/started-mapping.ts';
import { eventually } from '../../builders/waiting.ts';

it('a mapping of settings that Lambda would refuse is not made', () => {
  expect(() => mappingRun({ batchSize: 0 })).toThrow(InvalidMappingSettingsError);
});

describe('batches', () => {
  it('hold at most BatchSize records, in the order of the shard', async () => {
    const run = mappingRun({ batchSize: 2 }, undefined, { stream: streamOf('a', 'b', 'c', 'd', 'e') });
    await drained(run);
    expect(run.batches()).toEqual([seq(1, 2), seq(3, 4), seq(5)]);
  });

  it('are sent at once without a batching window', async () => {
    const run = mappingRun({});
    await drained(run);
    run.stream.put('a');
    await eventually(() => expect(run.batches()).toHaveLength(1));
    run.stream.put('a');
    await eventually(() => expect(run.batches()).toEqual([seq(1), seq(2)]));
  });

  it('gather records until the batching window is over', async () => {
    const stream = streamOf('a');
    const run = mappingRun({ maximumBatchingWindowInSeconds: 60 }, undefined, { stream });
    const beganMs = run.clock.now().getTime();
    await started(run);
    stream.put('a');
    await eventually(() => expect(run.batches()).toEqual([seq(1, 2)]));
    expect(run.clock.now().getTime() - beganMs).toBeGreaterThanOrEqual(60_000);
  });

  it('are sent before the window is over once they are full', async () => {
    const stream = streamOf('a', 'a', 'a');
    const sleep = async (_ms: number, signal: AbortSignal | undefined) =>
      new Promise<never>((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      );
    const run = mappingRun({ maximumBatchingWindowInSeconds: 300, batchSize: 3 }, undefined, {
      stream,
      sleep,
    });
    await started(run);
    await eventually(() => expect(run.batches()).toEqual([seq(1, 2, 3)]));
  });
});

describe('filtering', () => {
  const filterPatterns = [{ dynamodb: { NewImage: { entityType: { S: ['Order'] } } } }];

  it('never sends a record that no pattern matches', async () => {
    const run = mappingRun({ filterPatterns });
    run.stream.put('a', { attributes: { entityType: { S: 'User' } } });
    const order = run.stream.put('a', { attributes: { entityType: { S: 'Order' } } });
    await drained(run);
    expect(run.batches()).toEqual([[order]]);
  });

  it('sets the checkpoint past records that are filtered out', async () => {
    const run = mappingRun({ filterPatterns });
    const last = run.stream.put('a', { attributes: { entityType: { S: 'User' } } });
    await drained(run);
    expect(run.mapping.status()[0]).toMatchObject({ checkpoint: last, recordsWaiting: 0 });
  });

  it('sees records as the transformation returned them', async () => {
    const run = mappingRun({ filterPatterns: [{ eventName: ['REMOVE'] }] }, undefined, {
      transform: (record) => ({ ...record, eventName: 'REMOVE' }),
      stream: streamOf('a'),
    });
    await drained(run);
    expect(run.batches()).toEqual([seq(1)]);
  });
});

describe('failures', () => {
  it('retry the complete batch after a function error, waiting longer each time', async () => {
    const respond = (_event: unknown, n: number) => (n <= 4 ? functionError() : success());
    const run = mappingRun({}, respond, {
      stream: streamOf('a', 'a'),
      tuning: { pollIntervalMs: 1, retryDelayMsMax: 300 },
    });
    await drained(run);
    expect(run.batches()).toEqual(Array.from({ length: 5 }, () => seq(1, 2)));
    expect(run.clock.sleptMs.filter((ms) => ms >= 50 && ms <= 150)).toEqual([50, 100, 150, 150]);
  });

  it('retry from the lowest sequence number that is reported', async () => {
    const respond = (_event: unknown, n: number) => (n === 1 ? failedItems(...seq(3, 2)) : success());
    const run = mappingRun({}, respond, { stream: streamOf('a', 'a', 'a', 'a') });
    await drained(run);
    expect(run.batches()).toEqual([seq(1, 2, 3, 4), seq(2, 3, 4)]);
  });

  it('do not read the response where ReportBatchItemFailures is off', async () => {
    const run = mappingRun({ reportBatchItemFailures: false }, () => failedItems(...seq(1)), {
      stream: streamOf('a'),
    });
    await drained(run);
    expect(run.batches()).toEqual([seq(1)]);
  });

  it('halve a batch until the bad record is alone, and only that one is given up', async () => {
    const poison = sequenceNumber(3);
    const respond = (event: Parameters<typeof sequencesOf>[0]) =>
      sequencesOf(event).includes(poison) ? functionError() : success();
    const run = mappingRun({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 }, respond, {
      stream: streamOf('a', 'a', 'a', 'a'),
    });
    await drained(run);
    expect(run.batches()).toEqual([seq(1, 2, 3, 4), seq(1, 2), seq(3, 4), seq(3), seq(3), seq(4)]);
    expect(run.givenUp()).toEqual([[poison]]);
  });

  it('give up the rest of a batch whose first record always fails, and continue', async () => {
    const poison = sequenceNumber(2);
    const respond = (event: Parameters<typeof sequencesOf>[0]) =>
      sequencesOf(event).includes(poison) ? failedItems(poison) : success();
    const run = mappingRun({ batchSize: 3, maximumRetryAttempts: 2 }, respond, {
      stream: streamOf('a', 'a', 'a', 'a'),
    });
    await drained(run);
    expect(run.batches()).toEqual([seq(1, 2, 3), seq(2, 3), seq(2, 3), seq(4)]);
    expect(run.failures[0]?.pointers).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      DDBStreamBatchInfo: { startSequenceNumber: poison, endSequenceNumber: sequenceNumber(3), batchSize: 2 },
    });
  });

  it('use up no retry when the function is throttled or cannot be reached', async () => {
    const respond = (_event: unknown, n: number) => {
      if (n <= 5) return { outcome: 'throttled' } as const;
      if (n <= 10) throw new Error('unreachable');
      return success();
    };
    const run = mappingRun({ maximumRetryAttempts: 0 }, respond, { stream: streamOf('a') });
    await drained(run);
    expect([run.batches().length, run.givenUp()]).toEqual([11, []]);
  });

  it('wait for the on-failure destination to accept before going on', async () => {
    let refusals = 3;
    const run = mappingRun(
      { batchSize: 1, maximumRetryAttempts: 0 },
      (_event, n) => (n === 1 ? functionError() : success()),
      {
        stream: streamOf('a', 'a'),
        onFailure: async () => {
          refusals -= 1;
          if (refusals >= 0) throw new Error('refused');
          expect(run.batches()).toEqual([seq(1)]);
        },
      },
    );
    await drained(run);
    expect(refusals).toBe(-1);
    expect(run.batches()).toEqual([seq(1), seq(2)]);
  });
});

describe('record age', () => {
  it('gives up records that are too old without sending them, and sends the young rest', async () => {
    const run = mappingRun({ maximumRecordAgeInSeconds: 60 }, undefined, { tuning: { pollIntervalMs: 1 } });
    const now = run.clock.now().getTime();
    run.stream.put('a', { createdAt: new Date(now - 61_000) });
    run.stream.put('a', { createdAt: new Date(now - 1_000) });
    await drained(run);
    expect([run.batches(), run.givenUp()]).toEqual([[seq(2)], [seq(1)]]);
    expect(run.failures[0]?.pointers.requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 0,
    });
  });

  it('ends the retries of a record whose retries have no bound', async () => {
    const run = mappingRun({ maximumRecordAgeInSeconds: 60 }, functionError);
    run.stream.put('a', { createdAt: run.clock.now() });
    await drained(run);
    expect(run.failures[0]?.pointers.requestContext.condition).toBe('RecordAgeExceeded');
    expect(run.failures[0]?.pointers.requestContext.approximateInvokeCount).toBeGreaterThan(1);
  });

  it('ends the retries of a throttled record', async () => {
    const run = mappingRun({ maximumRecordAgeInSeconds: 60 }, () => ({ outcome: 'throttled' }));
    run.stream.put('a', { createdAt: run.clock.now() });
    await drained(run);
    expect(run.failures[0]?.pointers).not.toHaveProperty('responseContext');
  });
});

describe('parallelization', () => {
  it('runs as many batches at once as the factor allows, one a lane', async () => {
    const gate = Promise.withResolvers<void>();
    const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
    const run = mappingRun({ parallelizationFactor: 3 }, () => gate.promise.then(() => success()), {
      stream: streamOf(...keys),
    });
    await started(run);
    await eventually(() => expect(run.mapping.status()[0]?.invocationsInProgress).toBe(3));
    gate.resolve();
    await untilDrained(run.mapping);
    expect(run.batches().flat().toSorted()).toEqual(seq(...keys.map((_, i) => i + 1)));
  });

  it('continues with other keys while one is stuck, with the checkpoint before it', async () => {
    const stream = streamOf('stuck', ...Array.from({ length: 20 }, (_, i) => `key-${i}`));
    const run = mappingRun(
      { parallelizationFactor: 10, batchSize: 1 },
      (event) =>
        event.Records.some((record) => partitionOf(record) === 'stuck') ? functionError() : success(),
      { stream },
    );
    await started(run);
    const began = run.mapping.moment();
    await eventually(() => expect(new Set(run.batches().flat()).size).toBeGreaterThan(10));
    expect(run.mapping.status()[0]?.checkpoint).toBeUndefined();
    expect(run.mapping.drainedSince(began)).toBe(false);
  });
});

describe('shards', () => {
  it('are read parent before child, over several pages of the description', async () => {
    const stream = new FakeStream();
    stream.addShard('child', 'parent');
    stream.addShard('other');
    stream.addShard('parent', 'trimmed-away');
    const child = stream.put('a', { shardId: 'child' });
    const parent = stream.put('a', { shardId: 'parent' });
    stream.closeShard('parent');
    const run = mappingRun({}, undefined, { stream });
    await drained(run);
    expect(run.batches()).toEqual([[parent], [child]]);
  });

  it('do not open before their parent is handled to its end', async () => {
    const stream = streamOf('a');
    stream.closeShard('shard-1');
    stream.addShard('child', 'shard-1');
    stream.put('a', { shardId: 'child' });
    const run = mappingRun({}, (_event, n) => (n < 5 ? functionError() : success()), { stream });
    await drained(run);
    expect(run.batches()).toEqual([...Array.from({ length: 5 }, () => seq(1)), seq(2)]);
  });

  it('are found while the mapping runs', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.stream.addShard('child', 'shard-1');
    run.stream.closeShard('shard-1');
    const late = run.stream.put('a', { shardId: 'child' });
    await eventually(() => expect(run.batches()).toEqual([seq(1), [late]]));
    expect(run.mapping.status().map(({ shardId, state }) => [shardId, state])).toEqual([
      ['shard-1', 'finished'],
      ['child', 'reading'],
    ]);
  });
});

describe('reading', () => {
  it('leaves out records that the stream repeats', async () => {
    const run = mappingRun({ batchSize: 1 });
    run.stream.repeats = 2;
    await started(run);
    for (let n = 1; n <= 4; n += 1) {
      run.stream.put('a');
      await eventually(() => expect(run.batches()).toHaveLength(n));
    }
    expect(run.batches()).toEqual([seq(1), seq(2), seq(3), seq(4)]);
  });

  it.each([
    ['an expired iterator', new ExpiredIteratorException({ message: 'expired', $metadata: {} })],
    [
      'an iterator of a shard that is said not to exist',
      new ResourceNotFoundException({ message: 'Invalid ShardId', $metadata: {} }),
    ],
    ['a broken connection', new Error('socket hang up')],
  ])('resumes after the last record after %s', async (_name, error) => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.stream.failNext('GetRecordsCommand', error);
    run.stream.put('a');
    await eventually(() => expect(run.batches()).toEqual([seq(1), seq(2)]));
  });

  it('continues at the oldest record, and logs that, when its position was trimmed', async () => {
    const stream = streamOf('a', 'a', 'a');
    const checkpoints = new MemoryCheckpointStore();
    stream.failNext('GetShardIteratorCommand', new Error('not now'));
    stream.trim('shard-1', 2);
    await checkpoints.write(aMapping().id, 'shard-1', {
      position: 'after',
      sequenceNumber: sequenceNumber(1),
    });
    const run = mappingRun({}, undefined, { stream, checkpoints });
    await drained(run);
    expect(run.batches()).toEqual([seq(3)]);
    expect(run.log.messages).toContainEqual(expect.stringContaining('trimmed'));
  });

  it('ends a shard that is no longer in the stream, logs that, and continues with the others', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.stream.addShard('child', 'shard-1');
    run.stream.put('a', { shardId: 'child' });
    run.stream.removeShard('shard-1');
    // Two readers: the child's can be done before the other finds its shard removed.
    await eventually(() => {
      expect(run.batches()).toEqual([seq(1), seq(2)]);
      expect(run.log.messages).toContainEqual(expect.stringContaining('was removed from the stream'));
    });
  });

  it('begins again at the checkpoint after a record that could not be taken', async () => {
    let isBroken = true;
    const run = mappingRun({}, undefined, {
      stream: streamOf('a'),
      transform: (record) => {
        if (isBroken) throw new Error('broken');
        return record;
      },
    });
    await started(run);
    const began = run.mapping.moment();
    await eventually(() =>
      expect(run.log.messages).toContainEqual(expect.stringContaining('cannot be consumed')),
    );
    expect(run.mapping.drainedSince(began)).toBe(false);
    isBroken = false;
    await eventually(() => expect(run.batches()).toEqual([seq(1)]));
  });

  it.each([
    ['wait', []],
    ['were filtered out behind one that waits', [{ dynamodb: { Keys: { pk: { S: ['waits'] } } } }]],
  ])('pauses while too many records %s', async (_name, filterPatterns) => {
    const gate = Promise.withResolvers<void>();
    const run = mappingRun({ batchSize: 1, filterPatterns }, () => gate.promise.then(() => success()), {
      stream: streamOf('waits', 'other'),
      tuning: { recordsAheadMax: 2 },
    });
    await started(run);
    await eventually(() => expect(run.batches()).toHaveLength(1));
    const beganMs = run.clock.now().getTime();
    const last = run.stream.put('waits');
    // The clock runs on with the search for new shards, every 10 s; a shard that is read is read every 250 ms.
    await eventually(() => expect(run.clock.now().getTime() - beganMs).toBeGreaterThan(100_000));
    expect(run.stream.calls.filter((call) => call === 'GetRecordsCommand')).toHaveLength(1);
    gate.resolve();
    await eventually(() => expect(run.batches().at(-1)).toEqual([last]));
  });
});

describe('drained', () => {
  it('is false before the start and while a record is handled', async () => {
    const gate = Promise.withResolvers<void>();
    const run = mappingRun({}, () => gate.promise.then(() => success()), { stream: streamOf('a') });
    const began = run.mapping.moment();
    expect(run.mapping.drainedSince(began)).toBe(false);
    await started(run);
    await eventually(() => expect(run.batches()).toHaveLength(1));
    const callsBefore = run.stream.calls.length;
    await eventually(() => expect(run.stream.calls.length).toBeGreaterThan(callsBefore + 2));
    expect(run.mapping.drainedSince(began)).toBe(false);
    gate.resolve();
    await untilDrained(run.mapping);
  });

  it('is false while a record that was written before is not read, though nothing is waiting', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.stream.put('a');
    const written = run.mapping.moment();
    for (let n = 0; n < 3; n += 1) run.stream.failNext('GetRecordsCommand', new Error('not now'));
    expect(run.mapping.drainedSince(written)).toBe(false);
    await eventually(() => expect(run.mapping.drainedSince(written)).toBe(true));
    expect(run.batches()).toEqual([seq(1), seq(2)]);
  });

  it('counts what the function itself wrote, into whichever shard', async () => {
    const stream = streamOf('a');
    stream.addShard('shard-2');
    const run = mappingRun(
      {},
      (_event, n) => {
        if (n < 20) stream.put('a', { shardId: n % 2 === 0 ? 'shard-1' : 'shard-2' });
        return success();
      },
      { stream },
    );
    await drained(run);
    expect(run.batches()).toHaveLength(20);
  });
});

describe('stop and restart', () => {
  it('continues after the checkpoint', async () => {
    const first = mappingRun({}, undefined, { stream: streamOf('a', 'a') });
    await drained(first);
    await first.mapping.stop();
    first.stream.put('a');
    const second = mappingRun({}, undefined, { stream: first.stream, checkpoints: first.checkpoints });
    await drained(second);
    expect(second.batches()).toEqual([seq(3)]);
  });

  it('remembers finished shards', async () => {
    const stream = streamOf('a');
    stream.closeShard('shard-1');
    const first = mappingRun({}, undefined, { stream });
    await drained(first);
    await first.mapping.stop();
    const second = mappingRun({}, undefined, { stream, checkpoints: first.checkpoints });
    await drained(second);
    expect(second.batches()).toEqual([]);
  });

  it('waits for the running invocation and starts no other', async () => {
    const gate = Promise.withResolvers<void>();
    const run = mappingRun({ batchSize: 1 }, () => gate.promise.then(() => success()), {
      stream: streamOf('a', 'a'),
    });
    await started(run);
    await eventually(() => expect(run.batches()).toHaveLength(1));
    const stopped = run.mapping.stop();
    gate.resolve();
    await stopped;
    expect(run.batches()).toEqual([seq(1)]);
    expect(await run.checkpoints.read(aMapping().id, 'shard-1')).toEqual({
      position: 'after',
      sequenceNumber: sequenceNumber(1),
    });
  });

  it('abandons an invocation that does not end, and lets it write no checkpoint', async () => {
    const gate = Promise.withResolvers<void>();
    const run = mappingRun({}, () => gate.promise.then(() => success()), {
      stream: streamOf('a'),
      tuning: { stopTimeoutMs: 5 },
    });
    await started(run);
    await eventually(() => expect(run.batches()).toHaveLength(1));
    await run.mapping.stop();
    gate.resolve();
    await gate.promise;
    await eventually(() => expect(run.mapping.status()[0]?.invocationsInProgress).toBe(0));
    expect(await run.checkpoints.read(aMapping().id, 'shard-1')).toBeUndefined();
  });

  it('ends while the on-failure destination refuses', async () => {
    const refused = vi.fn().mockRejectedValue(new Error('refused'));
    const run = mappingRun({ maximumRetryAttempts: 0 }, functionError, {
      stream: streamOf('a'),
      onFailure: refused,
    });
    await started(run);
    await eventually(() => expect(refused).toHaveBeenCalled());
    await run.mapping.stop();
    expect(await run.checkpoints.read(aMapping().id, 'shard-1')).toBeUndefined();
  });

  it('refuses a second start', async () => {
    const run = mappingRun({});
    await started(run);
    await expect(run.mapping.start()).rejects.toThrow(MappingStartedError);
  });

  it('says at the start that there is no such stream', async () => {
    const run = mappingRun({});
    run.stream.failNext(
      'DescribeStreamCommand',
      new ResourceNotFoundException({ message: 'none', $metadata: {} }),
    );
    await expect(run.mapping.start()).rejects.toThrow(ResourceNotFoundException);
    await run.mapping.stop();
  });
});

describe('a paused mapping', () => {
  it('invokes no function, and continues after the last record that was handled', async () => {
    const run = mappingRun({ batchSize: 1 }, undefined, { stream: streamOf('a', 'b') });
    await drained(run);
    run.mapping.pause();
    await eventually(() => expect(run.mapping.state).toBe('Disabled'));
    run.stream.put('c');
    const paused = run.batches();
    run.mapping.resume();
    await untilDrained(run.mapping);
    expect([paused, run.batches()]).toEqual([
      [seq(1), seq(2)],
      [seq(1), seq(2), seq(3)],
    ]);
    await run.mapping.stop();
  });

  it('sends the records of a batch again that failed before the pause', async () => {
    let isBroken = true;
    const run = mappingRun({}, () => (isBroken ? functionError() : success()), { stream: streamOf('a') });
    await run.mapping.start();
    await eventually(() => expect(run.mapping.lastProcessingResult).toBe('PROBLEM: Function call failed'));
    run.mapping.pause();
    await eventually(() => expect(run.mapping.state).toBe('Disabled'));
    isBroken = false;
    run.mapping.resume();
    await untilDrained(run.mapping);
    expect(run.batches().at(-1)).toEqual(seq(1));
    expect(run.mapping.lastProcessingResult).toBe('OK');
    await run.mapping.stop();
  });

  it('is Disabling, and refuses a change, until the invocation in progress ends', async () => {
    const invocation = Promise.withResolvers<void>();
    const run = mappingRun({}, () => invocation.promise.then(() => success()), { stream: streamOf('a') });
    await run.mapping.start();
    await eventually(() => expect(run.batches()).toHaveLength(1));
    run.mapping.pause();
    expect(run.mapping.state).toBe('Disabling');
    expect(() => run.mapping.resume()).toThrow(MappingInTransitionError);
    expect(() => run.mapping.pause()).toThrow(MappingInTransitionError);
    await new Promise(setImmediate);
    expect(run.mapping.state).toBe('Disabling');
    invocation.resolve();
    await eventually(() => expect(run.mapping.state).toBe('Disabled'));
    await run.mapping.stop();
  });

  it('may be paused and resumed again, which changes nothing', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.mapping.pause();
    await eventually(() => expect(run.mapping.state).toBe('Disabled'));
    run.mapping.pause();
    expect(run.mapping.state).toBe('Disabled');
    run.mapping.resume();
    const { lastModified } = run.mapping;
    expect(run.mapping.state).toBe('Enabled');
    run.mapping.resume();
    expect(run.mapping.lastModified).toBe(lastModified);
    await run.mapping.stop();
  });

  it('is never drained', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    await drained(run);
    run.mapping.pause();
    await eventually(() => expect(run.mapping.state).toBe('Disabled'));
    expect(run.mapping.drainedSince(0)).toBe(false);
    await run.mapping.stop();
  });
});

it('a mapping reports the age of the last record of each batch', async () => {
  const ages: number[] = [];
  const run = mappingRun({}, undefined, { stream: streamOf('a'), onBatchSent: (ageMs) => ages.push(ageMs) });
  await drained(run);
  expect(ages).toEqual([expect.any(Number)]);
});
