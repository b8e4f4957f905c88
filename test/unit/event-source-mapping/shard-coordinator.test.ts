import { setImmediate } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it, vi } from 'vitest';
import { MemoryCheckpointStore } from '../../../infra/local/event-source-mapping/checkpoints.ts';
import { MappingStartedError } from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { aMapping, mappingRun, success } from '../../builders/stream/event-source-mapping.ts';
import { type FakeStream, sequenceNumber } from '../../builders/stream/fake-stream.ts';
import { drained, endlessSleep, seq, started, streamOf } from '../../builders/stream/started-mapping.ts';
import { eventually } from '../../builders/waiting.ts';

const { id: MAPPING } = aMapping();
const DESCRIBE = 'DescribeStreamCommand';
const SHARD_END = { position: 'shard-end' } as const;

const upTo = (n: number) => ({ position: 'after', sequenceNumber: sequenceNumber(n) }) as const;
const described = (run: ReturnType<typeof mappingRun>): number =>
  run.stream.calls.filter((call) => call === DESCRIBE).length;
const aWhile = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await setImmediate();
};
const closedAndChild = (): FakeStream => {
  const stream = streamOf('a');
  stream.closeShard('shard-1');
  stream.addShard('child', 'shard-1');
  stream.put('a', { shardId: 'child' });
  return stream;
};

describe('a mapping that starts again', () => {
  it('reads what came in the meantime, in shards that it knows and in others', async () => {
    const checkpoints = new MemoryCheckpointStore();
    await checkpoints.write(MAPPING, 'shard-1', upTo(1));
    const stream = streamOf('a', 'a');
    stream.addShard('shard-2');
    stream.put('b', { shardId: 'shard-2' });
    const run = mappingRun({}, undefined, { stream, checkpoints });
    await drained(run);
    expect(run.batches().flat().toSorted()).toEqual(seq(2, 3));
  });

  it('shows the checkpoint after which it continues', async () => {
    const checkpoints = new MemoryCheckpointStore();
    await checkpoints.write(MAPPING, 'shard-1', upTo(1));
    const run = mappingRun({}, undefined, { stream: streamOf('a'), checkpoints });
    await drained(run);
    expect(run.mapping.status()[0]?.checkpoint).toBe(sequenceNumber(1));
  });

  it('reads the children of a shard that was finished before', async () => {
    const checkpoints = new MemoryCheckpointStore();
    await checkpoints.write(MAPPING, 'shard-1', SHARD_END);
    const run = mappingRun({}, undefined, { stream: closedAndChild(), checkpoints });
    await drained(run);
    expect(run.batches()).toEqual([seq(2)]);
  });

  it('does not read again what it has finished itself', async () => {
    const [checkpoints, stream] = [new MemoryCheckpointStore(), closedAndChild()];
    const before = mappingRun({}, undefined, { stream, checkpoints });
    await drained(before);
    await before.mapping.stop();
    expect(await checkpoints.read(MAPPING, 'shard-1')).toEqual(SHARD_END);
    const run = mappingRun({}, undefined, { stream, checkpoints });
    await drained(run);
    expect(run.batches()).toEqual([]);
  });
});

describe('the status of a finished shard', () => {
  it('keeps its checkpoint, and nothing else remains of it', async () => {
    const run = mappingRun({}, undefined, { stream: closedAndChild() });
    await drained(run);
    const describedBefore = described(run);
    await eventually(() => expect(described(run)).toBeGreaterThan(describedBefore + 1));
    expect(run.mapping.status()[0]).toEqual({
      shardId: 'shard-1',
      checkpoint: sequenceNumber(1),
      state: 'finished',
      recordsWaiting: 0,
      millisBehind: 0,
      invocationsInProgress: 0,
      retries: 0,
    });
  });
});

describe('shards', () => {
  it('are not looked for again before the interval has passed', async () => {
    const run = mappingRun({}, undefined, { sleep: endlessSleep() });
    await started(run);
    await aWhile();
    expect(described(run)).toBe(1);
  });

  it('are looked for every now and then', async () => {
    const run = mappingRun({}, undefined, { tuning: { shardDiscoveryIntervalMs: 1_234 } });
    await drained(run);
    run.stream.addShard('shard-2');
    const found = run.stream.put('a', { shardId: 'shard-2' });
    await eventually(() => expect(run.batches()).toEqual([[found]]));
    expect(run.clock.sleptMs).toContain(1_234);
  });

  it('are looked for at once when one has ended', async () => {
    const run = mappingRun({}, undefined, { stream: closedAndChild(), sleep: endlessSleep() });
    await started(run);
    await eventually(() => expect(run.batches()).toEqual([seq(1), seq(2)]));
  });

  it('are looked for again after a while when that failed, and the mapping is not drained until then', async () => {
    const run = mappingRun({}, undefined, {
      stream: streamOf('a'),
      tuning: { retryDelayMsMax: 4_321, shardDiscoveryIntervalMs: 1_000 },
    });
    const said: unknown[] = [];
    vi.spyOn(run.log, 'error').mockImplementation((_message, { error }) => {
      said.push([error, run.mapping.drainedSince(0)]);
    });
    await drained(run);
    const away = new Error('away');
    run.stream.failNext(DESCRIBE, away);
    await eventually(() => expect(said).toEqual([[away, false]]));
    await eventually(() => expect(run.mapping.drainedSince(0)).toBe(true));
    expect(run.clock.sleptMs.filter((ms) => ms === 4_321)).toHaveLength(1);
  });

  it('are looked for again once the wait after that failure is over, not once the interval is', async () => {
    const readAtMs: number[] = [];
    const run = mappingRun(
      {},
      (_event, n) => {
        readAtMs.push(run.clock.now().getTime());
        if (n === 1) run.stream.failNext(DESCRIBE, new Error('away'));
        return success();
      },
      { stream: closedAndChild(), tuning: { retryDelayMsMax: 4_321, shardDiscoveryIntervalMs: 999_999 } },
    );
    await drained(run);
    expect(run.batches()).toEqual([seq(1), seq(2)]);
    expect(readAtMs.map((ms) => ms - (readAtMs[0] ?? 0))).toEqual([0, 4_321]);
  });

  it('keep the mapping from being drained while those are looked for that follow one that has ended', async () => {
    const stream = closedAndChild();
    const whileDescribed: boolean[] = [];
    const send = async (...sent: Parameters<typeof stream.client.send>) => {
      if (sent[0] instanceof DescribeStreamCommand) whileDescribed.push(run.mapping.drainedSince(0));
      return stream.client.send(...sent);
    };
    const streams = { send } as unknown as DynamoDBStreamsClient;
    const run = mappingRun({}, undefined, { stream, streams });
    await drained(run);
    expect(whileDescribed.slice(0, 2)).toEqual([false, false]);
  });

  it('are not considered deleted while the stream has them among others', async () => {
    const stream = streamOf('a');
    stream.addShard('shard-2');
    const run = mappingRun({}, undefined, { stream });
    await drained(run);
    stream.failNext(
      'GetRecordsCommand',
      new ResourceNotFoundException({ message: 'Invalid ShardId', $metadata: {} }),
    );
    await eventually(() => expect(run.log.messages).toHaveLength(1));
    const late = [stream.put('a'), stream.put('b', { shardId: 'shard-2' })];
    await eventually(() => expect(run.batches().flat().toSorted()).toEqual([...seq(1), ...late]));
  });

  it('have their checkpoint no longer read once they are read themselves', async () => {
    const checkpoints = new MemoryCheckpointStore();
    const read = vi.spyOn(checkpoints, 'read');
    const run = mappingRun({}, undefined, { stream: closedAndChild(), checkpoints });
    await drained(run);
    read.mockClear();
    const describedBefore = described(run);
    await eventually(() => expect(described(run)).toBeGreaterThan(describedBefore + 2));
    expect(read).not.toHaveBeenCalled();
  });

  it('are consumed again after a while when that failed', async () => {
    let isBroken = true;
    const error = new Error('broken');
    const run = mappingRun({}, undefined, {
      stream: streamOf('a'),
      tuning: { retryDelayMsMax: 4_321, shardDiscoveryIntervalMs: 999_999 },
      transform: (record) => {
        if (!isBroken) return record;
        isBroken = false;
        throw error;
      },
    });
    await drained(run);
    expect(run.batches()).toEqual([seq(1)]);
    expect(run.log.attributes).toEqual([
      { functionName: aMapping().functionName, shardId: 'shard-1', error },
    ]);
    expect(run.clock.sleptMs).toContain(4_321);
  });
});

describe('a description that does not come', () => {
  const send = (_command: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
    endlessSleep()(0, abortSignal);
  const streams = { send } as unknown as DynamoDBStreamsClient;

  it('is waited for no longer than a request may take', async () => {
    const run = mappingRun({}, undefined, { streams, tuning: { requestTimeoutMs: 1 } });
    await expect(run.mapping.start()).rejects.toThrow('timeout');
  });

  it('is not waited for by a mapping that is stopped', async () => {
    const run = mappingRun({}, undefined, { streams });
    const starting = run.mapping.start();
    const refused = expect(starting).rejects.toThrow('aborted');
    await run.mapping.stop();
    await refused;
  });
});

describe('a mapping is stopped', () => {
  it('while it starts, and then reads no shard', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    const starting = run.mapping.start().catch(() => undefined);
    await run.mapping.stop();
    await starting;
    expect([run.mapping.status(), run.batches()]).toEqual([[], []]);
  });

  it('while it waits to look for shards again', async () => {
    const run = mappingRun({}, undefined, { stream: closedAndChild(), sleep: endlessSleep() });
    await run.mapping.start();
    run.stream.failNext(DESCRIBE, new Error('away'));
    await eventually(() => expect(run.log.messages).toHaveLength(1));
    await expect(run.mapping.stop()).resolves.toBeUndefined();
    expect(run.log.messages).toHaveLength(1);
  });

  it('while it waits to consume a shard again', async () => {
    const run = mappingRun({}, undefined, {
      stream: streamOf('a'),
      sleep: endlessSleep(),
      transform: () => {
        throw new Error('broken');
      },
    });
    await run.mapping.start();
    await eventually(() => expect(run.log.messages).toHaveLength(1));
    await expect(run.mapping.stop()).resolves.toBeUndefined();
  });

  it('and is not started again', async () => {
    const run = mappingRun({});
    await run.mapping.stop();
    await expect(run.mapping.start()).rejects.toThrow(MappingStartedError);
  });

  it('logs that it abandoned an invocation', async () => {
    const gate = Promise.withResolvers<void>();
    const run = mappingRun({}, () => gate.promise.then(() => success()), {
      stream: streamOf('a'),
      tuning: { stopTimeoutMs: 5 },
    });
    await run.mapping.start();
    await eventually(() => expect(run.batches()).toHaveLength(1));
    await run.mapping.stop();
    gate.resolve();
    expect(run.log.messages).toEqual([expect.stringContaining('Stopped during an invocation')]);
  });
});

describe('a mapping reports', () => {
  it('whether a batch has ended since a moment', async () => {
    const run = mappingRun({}, undefined, { stream: streamOf('a') });
    const before = run.mapping.moment();
    await drained(run);
    expect([run.mapping.quietSince(before), run.mapping.quietSince(run.mapping.moment())]).toEqual([
      false,
      true,
    ]);
  });
});
