import { MS_PER_SECOND } from '../../contracts/units.ts';
import { waitFor } from './retry.ts';

/** The options of a {@link RateLimiter}. */
export interface RateLimiterOptions {
  /** How many permits are granted each second. */
  readonly perSecond: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly nowMs?: () => number;
}

/** Spreads work evenly over time: it grants permits at a rate, in the order of the requests. */
export class RateLimiter {
  readonly #intervalMs: number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #nowMs: () => number;
  #nextMs = 0;

  constructor({ perSecond, sleep = waitFor, nowMs = Date.now }: RateLimiterOptions) {
    this.#intervalMs = MS_PER_SECOND / perSecond;
    this.#sleep = sleep;
    this.#nowMs = nowMs;
  }

  /** Waits for a permit. @throws the signal's reason when it aborts before. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = this.#nowMs();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = at + this.#intervalMs;
    if (at > now) await this.#sleep(at - now, signal);
  }
}
