import { type RetryPolicy, withRetry } from '../../../pipelines/core/retry.ts';
import type { MappingLog } from './mapping-log.ts';
import type { OnFailureRecord } from './on-failure-record.ts';
import type { Sleep } from './pace.ts';
import type { MappingTuning } from './tuning.ts';

/** What the sending takes from outside. */
export interface OnFailureSending {
  readonly tuning: Pick<MappingTuning, 'retryDelayMsBase' | 'retryDelayMsMax'>;
  readonly onFailure: (failure: OnFailureRecord) => Promise<void>;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly log: MappingLog;
}

/**
 * Sends a batch that was given up until the destination accepts it, without a bound: nothing else holds the batch, so to
 * go on would lose it.
 *
 * @throws the signal's reason when it is aborted before; the batch is then given up again after a restart.
 */
export async function sendOnFailure(
  failure: OnFailureRecord,
  { tuning, onFailure, sleep, random, log }: OnFailureSending,
  signal: AbortSignal,
): Promise<void> {
  const { requestContext, DDBStreamBatchInfo: batchInfo } = failure.pointers;
  log.warn('A batch was given up', { condition: requestContext.condition, ...batchInfo });
  const policy: RetryPolicy = {
    attemptsMax: Number.POSITIVE_INFINITY,
    delayMsBase: tuning.retryDelayMsBase,
    delayMsMax: tuning.retryDelayMsMax,
    budgetMs: Number.POSITIVE_INFINITY,
  };
  const isRetryable = (error: unknown): boolean => {
    log.error('The on-failure destination refused a batch', { shardId: failure.shardId, error });
    return true;
  };
  await withRetry(() => onFailure(failure), { policy, signal, isRetryable, random, sleep });
}
