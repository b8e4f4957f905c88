import { OutOfTimeError } from '../errors.ts';

/** Reserves the end of an invocation's time, so that there is always time to report what was not handled. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #expired = Promise.withResolvers<never>();
  readonly #timer: NodeJS.Timeout;

  /** @param workMs How long work may continue from now. After it nothing is started, and work in progress is abandoned. */
  constructor(workMs: number) {
    // Work within the deadline receives the rejection; there may be none.
    this.#expired.promise.catch(() => undefined);
    this.#timer = setTimeout(() => this.#end(), Math.max(0, workMs));
    if (workMs <= 0) this.#end();
  }

  /** Aborted, with an {@link OutOfTimeError}, once the deadline has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Settles as `work` does, or rejects with {@link OutOfTimeError} when the deadline passes first: a sink that hangs cannot
   * stop the function from reporting. Abandoned work may still take effect, which every handler allows for.
   */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    return Promise.race([work(signal), this.#expired.promise]);
  }

  #end(): void {
    const reason = new OutOfTimeError('The invocation is out of time');
    this.#controller.abort(reason);
    this.#expired.reject(reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
