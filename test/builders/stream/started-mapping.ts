import { onTestFinished, vi } from 'vitest';
import type { Sleep } from '../../../infra/local/event-source-mapping/waiting.ts';
import { type mappingRun, untilDrained } from './event-source-mapping.ts';
import { FakeStream, sequenceNumber } from './fake-stream.ts';

type Run = ReturnType<typeof mappingRun>;

/** Starts the mapping, and stops it when the test is over. */
export async function started(run: Run): Promise<void> {
  onTestFinished(() => run.mapping.stop());
  await run.mapping.start();
}

/** Starts the mapping and waits until it has handled what the stream holds. */
export async function drained(run: Run): Promise<void> {
  await started(run);
  await untilDrained(run.mapping);
}

/** A sleep without end, until it is aborted; it keeps its calls. */
export const endlessSleep = () =>
  vi.fn<Sleep>(
    (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  );

export const seq = (...numbers: number[]): string[] => numbers.map(sequenceNumber);

/** A stream of one shard, with a record of each of these partition keys. */
export function streamOf(...partitionKeys: string[]): FakeStream {
  const stream = new FakeStream();
  stream.addShard('shard-1');
  for (const key of partitionKeys) stream.put(key);
  return stream;
}
