import { setTimeout as sleepFor } from 'node:timers/promises';

/** Waits for a time. Rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** Waits on the machine's timer. */
export const sleepOnTimer: Sleep = async (ms, signal) => {
  await sleepFor(ms, undefined, { signal });
};

/** A signal that wakes waiters, as often as it is raised. It keeps nothing of a wait that has ended. */
export class WakeSignal {
  readonly #waiters = new Set<() => void>();

  /** Wakes all current waiters. */
  ring(): void {
    for (const wake of this.#waiters) wake();
  }

  /** Resolves at the next {@link ring}; rejects when the abort signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason);
    this.#waiters.add(resolve);
    signal.addEventListener('abort', abort);
    try {
      await promise;
    } finally {
      this.#waiters.delete(resolve);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves at the next {@link ring} or after the time, whichever comes first; rejects when the abort signal aborts. */
  async waitAtMost(ms: number, sleep: Sleep, signal: AbortSignal): Promise<void> {
    const rest = new AbortController();
    // Ends the wait that comes second too, or each would stay until a ring that may never come.
    const either = AbortSignal.any([signal, rest.signal]);
    try {
      await Promise.race([this.wait(either), sleep(ms, either)]);
    } finally {
      rest.abort();
    }
  }
}

/** How long to wait after consecutive failures: a random part of a limit that doubles, up to `retryDelayMsMax`. */
export function retryDelayMs(
  failuresInARow: number,
  bounds: { readonly retryDelayMsBase: number; readonly retryDelayMsMax: number },
  random: () => number,
): number {
  return random() * Math.min(bounds.retryDelayMsMax, bounds.retryDelayMsBase * 2 ** (failuresInARow - 1));
}
