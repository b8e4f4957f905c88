import { type FunctionRuntime, FunctionWorker } from './function-worker.ts';
import {
  functionError,
  type InvocationResult,
  PAYLOAD_BYTES_MAX,
  RequestTooLargeError,
} from './invocation-result.ts';

/** How many invocations a function takes at once. */
export interface FunctionCapacity {
  /** Workers, and so invocations, at the same time. */
  readonly concurrencyMax: number;
  /** Invocations that may wait for a worker; what comes on top is throttled. */
  readonly waitingMax: number;
}

/** As Lambda reports a runtime that ends before its response. */
const CRASHED = functionError('Runtime.ExitError', 'Error: Runtime exited with error: exit status 1');

/** A function of the template: workers that come into being when they are needed and stay for the next invocation. */
export class LocalFunction {
  readonly #runtime: FunctionRuntime;
  readonly #capacity: FunctionCapacity;
  readonly #onInvoked: (outcome: InvocationResult['outcome']) => void;
  readonly #workers = new Set<FunctionWorker>();
  readonly #idle: FunctionWorker[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #isCrashing = false;
  #isStopped = false;

  /** @param onInvoked Called with the outcome of each invocation. */
  constructor(
    runtime: FunctionRuntime,
    capacity: FunctionCapacity,
    onInvoked: (outcome: InvocationResult['outcome']) => void = () => undefined,
  ) {
    this.#runtime = runtime;
    this.#capacity = capacity;
    this.#onInvoked = onInvoked;
  }

  /** Whether an invocation is in progress. */
  get isInvoking(): boolean {
    return this.#running > 0;
  }

  /**
   * Runs the function once.
   *
   * @param givenUp Aborts where its caller no longer waits: an invocation that has not started is then throttled.
   * @throws RequestTooLargeError for an event of more than 6 MB.
   */
  async invoke(event: unknown, givenUp?: AbortSignal): Promise<InvocationResult> {
    const eventJson = JSON.stringify(event) ?? 'null';
    if (Buffer.byteLength(eventJson) > PAYLOAD_BYTES_MAX)
      throw new RequestTooLargeError(`The event for ${this.#runtime.functionName} is larger than 6 MB`);
    if (!(await this.#enter(givenUp))) {
      this.#onInvoked('throttled');
      return { outcome: 'throttled' };
    }
    try {
      if (this.#isStopped) return { outcome: 'throttled' };
      const result = await this.#run(eventJson);
      this.#onInvoked(result.outcome);
      return result;
    } finally {
      this.#leave();
    }
  }

  /** Ends every worker, also during an invocation, which is then a function error; the next call starts another. */
  async restart(): Promise<void> {
    const workers = [...this.#workers];
    this.#workers.clear();
    this.#idle.length = 0;
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Ends every worker for good: an invocation that waits for one, and each later call, is throttled. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.restart();
  }

  /** Lets every invocation end as a crash, those in progress too, until it is called with `false`. */
  async crashAtEachInvocation(isCrashing: boolean): Promise<void> {
    this.#isCrashing = isCrashing;
    if (isCrashing) await this.restart();
  }

  async #enter(givenUp: AbortSignal | undefined): Promise<boolean> {
    if (this.#running >= this.#capacity.concurrencyMax)
      return this.#waiting.length < this.#capacity.waitingMax && this.#passedOn(givenUp);
    this.#running += 1;
    return true;
  }

  /** An invocation that ends passes its place on, so that no later one can take it. */
  #passedOn(givenUp: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const enter = (): void => {
        givenUp?.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        resolve(false);
      };
      givenUp?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  async #run(eventJson: string): Promise<InvocationResult> {
    const worker = this.#takeWorker();
    try {
      return this.#isCrashing ? CRASHED : await worker.invoke(eventJson);
    } finally {
      if (worker.isUsable) this.#idle.push(worker);
      else this.#workers.delete(worker);
    }
  }

  #takeWorker(): FunctionWorker {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (worker.isUsable) return worker;
      this.#workers.delete(worker);
    }
    const worker = new FunctionWorker(this.#runtime);
    this.#workers.add(worker);
    return worker;
  }
}
