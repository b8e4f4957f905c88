import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LanesAsked, LanesMeasured } from './measure-lanes.ts';
import type { OrdersAtOnce, UserLimitsMeasured } from './measure-user-limits.ts';
import type { WriteUnitSettings, WriteUnits } from './measure-write-units.ts';

/** What a worker is asked to measure. Each has a virtual time of its own. */
export type Asked =
  | ({ readonly what: 'lanes' } & LanesAsked)
  | ({ readonly what: 'user limits' } & OrdersAtOnce)
  | ({ readonly what: 'write units'; readonly batch: number } & WriteUnitSettings);

/** Measures all of these, on all cores, and returns the results in their order. */
export async function measureEach(asked: readonly LanesAsked[]): Promise<readonly LanesMeasured[]> {
  const results: LanesMeasured[] = [];
  // The longest first, so that no core waits for one at the end.
  const waiting = [...asked.entries()].toSorted(([, one], [, other]) => other.lanes - one.lanes);
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), waiting.length) }, () =>
      inWorker(async (measure) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [place, one] = next;
          results[place] = (await measure({ what: 'lanes', ...one })) as LanesMeasured;
        }
      }),
    ),
  );
  return results;
}

/** Counts the write units of orders that come in such batches, of products with so much stock, by a user with so many open orders at most. */
export const countWriteUnits = (batch: number, settings: WriteUnitSettings = {}): Promise<WriteUnits> =>
  inWorker(async (measure) => (await measure({ what: 'write units', batch, ...settings })) as WriteUnits);

/** Sends orders of one user at once, and counts what became of them. */
export const countOrdersAtOnce = (asked: OrdersAtOnce): Promise<UserLimitsMeasured> =>
  inWorker(async (measure) => (await measure({ what: 'user limits', ...asked })) as UserLimitsMeasured);

async function inWorker<Result>(
  use: (measure: (asked: Asked) => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  try {
    return await use(async (asked) => {
      worker.postMessage(asked);
      const [result] = (await once(worker, 'message')) as [unknown];
      return result;
    });
  } finally {
    await worker.terminate();
  }
}
