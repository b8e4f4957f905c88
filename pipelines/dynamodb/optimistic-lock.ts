import { isRetryable } from '../aws/aws-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../aws/retry.ts';
import { OrderStreamError, TransientError } from '../errors.ts';

/** Another writer changed an item between its read and its write: read it again and retry. */
export class OptimisticLockError extends TransientError {
  override readonly code = 'optimistic-lock-failure';
  override readonly remedy =
    'None while it is rare. If it lasts, find the writer that changes the same items all the time.';
}

/** Other transactions were at some of the items, so nothing was written. The cause says which. */
export class TransactionConflictError extends OptimisticLockError {}

/**
 * Whether a read-decide-write operation may succeed at once when it is repeated from its read. Our other retryable errors,
 * such as insufficient stock, need more than the next read: the event source mapping delivers their record again.
 */
export const isRetryableConflict = (error: unknown): boolean =>
  error instanceof OptimisticLockError || (!(error instanceof OrderStreamError) && isRetryable(error));

/**
 * Repeats a read-decide-write operation from its read on each conflict. A failure that may have written
 * something is not retried here: only the caller knows whether a retry is safe.
 *
 * @throws OptimisticLockError when every attempt had a conflict; any other error of the operation, at once.
 */
export const retryOnConflict = <Result>(operation: () => Promise<Result>): Promise<Result> =>
  withRetry(operation, {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof OptimisticLockError,
  });
