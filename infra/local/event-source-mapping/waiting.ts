import { setTimeout as sleepFor } from 'node:timers/promises';

/** Waits that long, or rejects when the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** The machine's own time. */
export const sleepOnTimer: Sleep = async (ms, signal) => {
  await sleepFor(ms, undefined, { signal });
};

/** Something that others wait for and that can happen again and again. */
export class WakeSignal {
  #next = Promise.withResolvers<void>();

  /** Wakes whoever waits now. */
  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /** Resolves at the next ring; rejects when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      await Promise.race([this.#next.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves at the next ring or when the time has passed, whichever comes first; rejects when the signal is aborted. */
  async waitAtMost(ms: number, sleep: Sleep, signal: AbortSignal): Promise<void> {
    const rest = new AbortController();
    const either = AbortSignal.any([signal, rest.signal]);
    try {
      await Promise.race([this.wait(signal), sleep(ms, either)]);
    } finally {
      rest.abort();
    }
  }
}

/** How long to wait after so many failures in a row: a random share of a bound that doubles, never above `delayMsMax`. */
export function retryDelayMs(
  failuresInARow: number,
  bounds: { readonly retryDelayMsBase: number; readonly retryDelayMsMax: number },
  random: () => number,
): number {
  return random() * Math.min(bounds.retryDelayMsMax, bounds.retryDelayMsBase * 2 ** (failuresInARow - 1));
}
