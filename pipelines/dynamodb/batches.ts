import pLimit from 'p-limit';
import type { BatchCounts, BatchOutcome } from '../../contracts/api/batch.ts';
import { isRetryable } from '../aws/aws-errors.ts';
import type { RetryOptions, RetryPolicy } from '../aws/retry.ts';

/** For what DynamoDB leaves of a batch: five retries, which wait 1,550 ms at most in all. */
export const BATCH_RETRY: RetryPolicy = {
  attemptsMax: 6,
  delayMsBase: 50,
  delayMsMax: 800,
  budgetMs: 15_000,
};

/** How a chunk is tried again, within the time that its request has. */
export const batchRetry = (signal: AbortSignal): RetryOptions & { readonly signal: AbortSignal } => ({
  policy: BATCH_RETRY,
  signal,
  isRetryable,
});

/** Whether what stopped a chunk says nothing against its entries: they may go through later, without any change. */
export const stoppedForNow = (failure: unknown, signal: AbortSignal): boolean =>
  signal.aborted || isRetryable(failure);

const CHUNKS_AT_ONCE_MAX = 4;

/**
 * Runs `run` for chunks of at most `sizeMax` entries, four at once, and gives the results in the entries' order.
 *
 * @throws the first failure of a chunk, once all of them have ended: nothing goes on behind an answer.
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

/** How many entries of a batch came to what. */
export function countOutcomes(outcomes: readonly BatchOutcome[]): BatchCounts {
  const count = (outcome: BatchOutcome['outcome']): number =>
    outcomes.filter((one) => one.outcome === outcome).length;
  return { created: count('created'), alreadyExists: count('already-exists'), failed: count('failed') };
}
