import { isRetryable } from '../aws/aws-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../aws/retry.ts';
import { OrderStreamError, TransientError } from '../errors.ts';

/** Another writer changed an item between its being read and being written: read it again and decide anew. */
export class OptimisticLockError extends TransientError {
  override readonly code = 'optimistic-lock';
  override readonly remedy =
    'Nothing, while it is rare. Look for a writer that changes the same items all the time when it lasts.';
}

/**
 * Whether a read-decide-write operation may succeed at once when it is done again from its read. Other retryable errors of ours,
 * such as insufficient stock, wait for something else than the next read: the event source mapping delivers their record again.
 */
export const isRetryableConflict = (error: unknown): boolean =>
  error instanceof OptimisticLockError || (!(error instanceof OrderStreamError) && isRetryable(error));

/**
 * Runs a read-decide-write operation from its read again for as long as other writers win. A failure that may have written
 * something is not tried again here: only the caller knows whether to.
 *
 * @throws OptimisticLockError when they kept winning; whatever else the operation throws, at once.
 */
export const retryOnConflict = <Result>(operation: () => Promise<Result>): Promise<Result> =>
  withRetry(operation, {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof OptimisticLockError,
  });
