import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Activity } from '../../../infra/local/event-source-mapping/activity.ts';
import { NotDrainedError, untilDrained } from '../../../infra/local/system/drained.ts';
import { functionError, mappingRun, success } from '../../builders/stream/event-source-mapping.ts';
import { FakeStream } from '../../builders/stream/fake-stream.ts';
import { eventually } from '../../builders/waiting.ts';

const TIMEOUT_MS = 10_000;
const WRITES = 5;
const TOO_SHORT_MS = 20;

async function started(run: ReturnType<typeof mappingRun>) {
  onTestFinished(() => run.mapping.stop());
  await run.mapping.start();
  return run.mapping;
}

describe('a system', () => {
  it('is drained once each mapping has handled what the others wrote to the table', async () => {
    const stream = new FakeStream();
    stream.addShard('shard-1');
    stream.put('a');
    const reader = mappingRun({}, undefined, { stream });
    const writer = mappingRun(
      {},
      async (_event, n) => {
        await setImmediate();
        if (n <= WRITES) stream.put('a');
        return success();
      },
      { stream },
    );
    const mappings = new Map([
      ['reader', await started(reader)],
      ['writer', await started(writer)],
    ]);
    await untilDrained({ mappings, queueMappings: new Map() }, TIMEOUT_MS);
    expect([reader.batches().flat(), writer.batches().flat()].map(({ length }) => length)).toEqual([
      WRITES + 1,
      WRITES + 1,
    ]);
  });

  it('whose records fail says which mapping lags, and by how many records', async () => {
    const run = mappingRun({}, functionError);
    run.stream.put('a');
    const mappings = new Map([['OrderEvents', await started(run)]]);
    await eventually(() => expect(run.batches()).not.toEqual([]));
    await expect(untilDrained({ mappings, queueMappings: new Map() }, TOO_SHORT_MS)).rejects.toThrow(
      NotDrainedError,
    );
    await expect(untilDrained({ mappings, queueMappings: new Map() }, TOO_SHORT_MS)).rejects.toThrow(
      'OrderEvents 1',
    );
  });

  it('waits for a queue that holds messages, and for what is written because of them', async () => {
    const stream = new FakeStream();
    stream.addShard('shard-1');
    const reader = mappingRun({}, undefined, { stream });
    const activity = new Activity();
    let looks = 0;
    const queue = {
      moment: () => activity.next(),
      quietSince: (moment: number) => activity.isQuietSince(moment),
      waiting: async () => {
        looks += 1;
        if (looks === 2) {
          stream.put('a');
          activity.noteBatchEnded();
        }
        return looks === 1 ? 1 : 0;
      },
    };
    const mappings = new Map([['reader', await started(reader)]]);
    await untilDrained({ mappings, queueMappings: new Map([['queue', queue]]) }, TIMEOUT_MS);
    expect(reader.batches().flat()).toHaveLength(1);
  });

  it('whose queue keeps messages says how many, or that the number is unknown', async () => {
    const queue = { moment: () => 1, quietSince: () => true };
    const queueMappings = new Map([
      ['Letters', { ...queue, waiting: async () => 3 }],
      ['Gone', { ...queue, waiting: async () => Promise.reject(new Error('outage')) }],
    ]);
    const drained = untilDrained({ mappings: new Map(), queueMappings }, TOO_SHORT_MS);
    await expect(drained).rejects.toThrow('Letters 3, Gone unknown');
  });
});
