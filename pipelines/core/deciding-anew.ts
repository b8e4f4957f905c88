import { LostRaceError } from './lost-race.ts';
import { CONFLICT_RETRY, withRetry } from './retry.ts';

/**
 * Runs a read-decide-write operation from its read again for as long as other writers win. A failure that may have written
 * something is not tried again here: only the caller knows whether to.
 *
 * @throws LostRaceError when they kept winning; whatever else the operation throws, at once.
 */
export const decidingAnew = <Result>(operation: () => Promise<Result>): Promise<Result> =>
  withRetry(operation, {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof LostRaceError,
  });
