import { OutOfTimeError } from './errors.ts';

/** Keeps back the end of an invocation's time, so that there is always time left to report what was not handled. */
export class TimeGuard implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param workMs How long work may go on from now; nothing is started after it and what is under way is given up. */
  constructor(workMs: number) {
    this.#timer = setTimeout(
      () => this.#controller.abort(new OutOfTimeError('The invocation is out of time')),
      Math.max(0, workMs),
    );
    if (workMs <= 0) this.#controller.abort(new OutOfTimeError('The invocation is out of time'));
  }

  /** Aborted, with an {@link OutOfTimeError}, once the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Settles as `work` does, or rejects with {@link OutOfTimeError} when the time is up first: a sink that hangs cannot
   * keep the function from reporting. Work that is given up may still take effect, which every handler allows for.
   */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const { promise: timeIsUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([work(signal), timeIsUp]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
