import pLimit from 'p-limit';

/** How single requests are combined. */
export interface RequestBatcherOptions<Entry, Result> {
  /**
   * Sends one batch, and returns one result for each entry, in the entries' order. An error fails each entry of the
   * batch. The signal aborts as soon as one of the entries' does.
   */
  readonly send: (entries: readonly Entry[], signal: AbortSignal) => Promise<readonly Result[]>;
  /** The most entries that one request may hold. */
  readonly entriesMax: number;
  /** The most bytes that one request may hold, by `bytesOf`. */
  readonly bytesMax: number;
  readonly bytesOf: (entry: Entry) => number;
  /** How many requests may be in progress at once. */
  readonly concurrencyMax: number;
}

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  readonly signal: AbortSignal;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns requests that are made one by one at the same time into as few batch requests as their limits allow, and returns
 * to each caller its own result: a handler stays code for one record and the sink still gets full batches. Entries that are
 * submitted within one iteration of the event loop share a request; see https://github.com/graphql/dataloader for the pattern.
 */
export class RequestBatcher<Entry, Result> {
  readonly #options: RequestBatcherOptions<Entry, Result>;
  readonly #limit: <T>(task: () => Promise<T>) => Promise<T>;
  #waiting: Waiting<Entry, Result>[] = [];

  constructor(options: RequestBatcherOptions<Entry, Result>) {
    this.#options = options;
    this.#limit = pLimit(options.concurrencyMax);
  }

  /**
   * Sends `entry` with all others of this iteration of the event loop; settles with its own result. An entry whose signal is
   * aborted before its request starts is not sent: abandoned work must not delay others.
   */
  submit(entry: Entry, signal: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ entry, signal, resolve, reject });
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of this.#batches(waiting)) void this.#limit(() => this.#send(batch));
  }

  *#batches(waiting: readonly Waiting<Entry, Result>[]): Generator<readonly Waiting<Entry, Result>[]> {
    let batch: Waiting<Entry, Result>[] = [];
    let bytes = 0;
    for (const one of waiting) {
      const size = this.#options.bytesOf(one.entry);
      if (
        batch.length >= this.#options.entriesMax ||
        (batch.length > 0 && bytes + size > this.#options.bytesMax)
      ) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(one);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }

  async #send(batch: readonly Waiting<Entry, Result>[]): Promise<void> {
    const live = batch.filter(({ signal, reject }) => {
      if (signal.aborted) reject(signal.reason);
      return !signal.aborted;
    });
    if (live.length === 0) return;
    try {
      const results = await this.#options.send(
        live.map(({ entry }) => entry),
        anyOf(live.map(({ signal }) => signal)),
      );
      live.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined)
          reject(new RangeError(`The sink returned ${results.length} results for ${live.length} entries`));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of live) reject(error);
    }
  }
}

function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const [first, ...others] = new Set(signals);
  return first !== undefined && others.length === 0 ? first : AbortSignal.any([...new Set(signals)]);
}
