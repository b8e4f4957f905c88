import { TransientError } from '../core/errors.ts';
import { withRetry } from '../core/retry.ts';

/** How often and for how long what differs is looked at again. */
export interface SettleOptions {
  /** How often it is looked at, at most. */
  readonly rounds: number;
  /** How long the stream is given between two looks, in milliseconds. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

class UnsettledError extends TransientError {
  override readonly code = 'unsettled';
}

/** Looks again, until `look` says that nothing is left to look at or the rounds are used up. @throws whatever `look` throws. */
export async function untilSettled(
  look: () => Promise<boolean>,
  { rounds, settleMs, signal }: SettleOptions,
): Promise<void> {
  const once = async (): Promise<void> => {
    if (!(await look())) throw new UnsettledError('Something still differs');
  };
  try {
    await withRetry(once, {
      policy: {
        attemptsMax: rounds,
        delayMsBase: settleMs,
        delayMsMax: settleMs,
        budgetMs: Number.POSITIVE_INFINITY,
      },
      // All of the time: nobody competes, and it is the stream that is waited for.
      random: () => 1,
      isRetryable: (error) => error instanceof UnsettledError,
      signal,
    });
  } catch (error) {
    if (!(error instanceof UnsettledError)) throw error;
  }
}
