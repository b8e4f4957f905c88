import { setTimeout as sleepFor } from 'node:timers/promises';
import { isRetryable } from './aws-errors.ts';

/** How an operation is retried. */
export interface RetryPolicy {
  /** The number of attempts, the first included. */
  readonly attemptsMax: number;
  /** The first wait's upper bound in milliseconds; each further one doubles it. */
  readonly delayMsBase: number;
  /** No wait is longer than this. */
  readonly delayMsMax: number;
  /** No attempt starts once this much time has passed since the first. */
  readonly budgetMs: number;
}

/** The options of {@link withRetry}. */
export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** Defaults to {@link isRetryable}. */
  readonly isRetryable?: (error: unknown) => boolean;
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly nowMs?: () => number;
}

/** For a write that other writers compete for: short waits, since the winner is done in milliseconds. */
export const CONFLICT_RETRY: RetryPolicy = {
  attemptsMax: 8,
  delayMsBase: 20,
  delayMsMax: 640,
  budgetMs: 5_000,
};

/** Waits for so long, or rejects with an `AbortError` when the signal aborts. */
export const waitFor = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  sleepFor(ms, undefined, { signal });

/** Waits a random time of at most so many milliseconds: full jitter. */
export const waitUpTo = (boundMs: number): Promise<void> => sleepFor(Math.random() * boundMs);

/**
 * Runs `operation` until it succeeds, fails with an error that is not retryable, or the policy is used up; then throws the last
 * error. Waits with full jitter: a random time between zero and the exponential bound, which spreads competing callers best.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 */
export async function withRetry<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, signal } = options;
  const isRetried = options.isRetryable ?? isRetryable;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? waitFor;
  const nowMs = options.nowMs ?? Date.now;
  const startedAtMs = nowMs();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      const boundMs = Math.min(policy.delayMsMax, policy.delayMsBase * 2 ** (attempt - 1));
      const waitMs = random() * boundMs;
      const isSpent = attempt >= policy.attemptsMax || nowMs() - startedAtMs + waitMs > policy.budgetMs;
      if (isSpent || !isRetried(error)) throw error;
      await sleep(waitMs, signal);
    }
  }
}
