import { isWorthRetrying } from '../core/aws-errors.ts';
import { TransientError } from '../core/errors.ts';
import type { RetryOptions, RetryPolicy } from '../core/retry.ts';

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
  isRetryable: isPassing,
});

/** Whether what stopped a chunk says nothing against its entries: they may go through later, without any change. */
export const stoppedForNow = (failure: unknown, signal: AbortSignal): boolean =>
  signal.aborted || isPassing(failure);

const isPassing = (error: unknown): boolean => error instanceof TransientError || isWorthRetrying(error);
