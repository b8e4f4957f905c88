import pLimit from 'p-limit';
import type { BatchCounts, BatchOutcome } from '../../contracts/api/batch.ts';
import { isRetryable } from '../aws/aws-errors.ts';
import type { RetryOptions, RetryPolicy } from '../aws/retry.ts';

/** For the unprocessed entries of a batch: five retries, which wait 1,550 ms at most in all. */
export const BATCH_RETRY: RetryPolicy = {
  attemptsMax: 6,
  delayMsBase: 50,
  delayMsMax: 800,
  budgetMs: 15_000,
};

/** How a chunk is retried, within the time of its request. */
export const batchRetry = (signal: AbortSignal): RetryOptions & { readonly signal: AbortSignal } => ({
  policy: BATCH_RETRY,
  signal,
  isRetryable,
});

/** Whether the failure of a chunk is not caused by its entries: they may succeed later, without any change. */
export const stoppedForNow = (failure: unknown, signal: AbortSignal): boolean =>
  signal.aborted || isRetryable(failure);

const CHUNKS_AT_ONCE_MAX = 4;

/**
 * Runs `run` for chunks of at most `sizeMax` entries, four at once, and returns the results in the entries' order.
 *
 * @throws the first failure of a chunk, once all of them have ended: nothing continues after the response.
 */
export async function inChunks<Entry, Result>(
  entries: readonly Entry[],
  sizeMax: number,
  run: (chunk: readonly Entry[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const limit = pLimit(CHUNKS_AT_ONCE_MAX);
  const starts = Array.from({ length: Math.ceil(entries.length / sizeMax) }, (_, place) => place * sizeMax);
  const chunks = await Promise.allSettled(
    starts.map((start) => limit(() => run(entries.slice(start, start + sizeMax)))),
  );
  return chunks.flatMap((chunk) => {
    if (chunk.status === 'rejected') throw chunk.reason;
    return chunk.value;
  });
}

/** The number of entries of a batch by outcome. */
export function countOutcomes(outcomes: readonly BatchOutcome[]): BatchCounts {
  const count = (outcome: BatchOutcome['outcome']): number =>
    outcomes.filter((one) => one.outcome === outcome).length;
  return { created: count('created'), alreadyExists: count('already-exists'), failed: count('failed') };
}
