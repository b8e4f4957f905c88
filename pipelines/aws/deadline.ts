import { OutOfTimeError } from '../errors.ts';

/** Keeps back the end of an invocation's time, so that there is always time left to report what was not handled. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeIsUp = Promise.withResolvers<never>();
  readonly #timer: NodeJS.Timeout;

  /** @param workMs How long work may go on from now; nothing is started after it and what is under way is given up. */
  constructor(workMs: number) {
    // Whoever is within the time hears of its end; nobody need be.
    this.#timeIsUp.promise.catch(() => undefined);
    this.#timer = setTimeout(() => this.#end(), Math.max(0, workMs));
    if (workMs <= 0) this.#end();
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
    return Promise.race([work(signal), this.#timeIsUp.promise]);
  }

  #end(): void {
    const reason = new OutOfTimeError('The invocation is out of time');
    this.#controller.abort(reason);
    this.#timeIsUp.reject(reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
