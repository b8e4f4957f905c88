import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { functionError, type InvocationResult, PAYLOAD_BYTES_MAX } from './invocation-result.ts';
import type { WorkerData, WorkerMessage, WorkerRequest } from './worker-protocol.ts';

/** How a function runs. */
export interface FunctionRuntime extends WorkerData {
  readonly timeoutMs: number;
  /** The time for the module to load, before that of the function is used too; Lambda's 10 s by default. */
  readonly initTimeoutMs?: number;
  /** The environment, and nothing of this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes each line that the function prints. */
  readonly log: (line: string) => void;
}

/**
 * Lambda gives a module 10 s to load, then loads it again within the time-out of the function, which the invocation shares. Here one load has
 * both times, and the invocation its own: on a busy machine, each load that begins again would be late too. See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
 */
const INIT_TIMEOUT_MS = 10_000;
/** Dozens of threads share this machine; the default would let each hold 48 MB of garbage. */
const YOUNG_GENERATION_MB = 8;
/** A worker takes what it has compiled from this process's cache. The variable is not in the environment that the function sees. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILE_CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
const PROGRAM = new URL('worker-program.ts', import.meta.url);

/** One execution environment: a thread with the function's module in it, for one invocation at a time. */
export class FunctionWorker {
  readonly #runtime: FunctionRuntime;
  readonly #worker: Worker;
  readonly #ready: Promise<InvocationResult | undefined>;
  #settle: ((end: InvocationResult | WorkerMessage) => void) | undefined;
  #isUsable = true;

  constructor(runtime: FunctionRuntime) {
    const { timeoutMs: _, initTimeoutMs: __, environment, log, ...workerData } = runtime;
    this.#runtime = runtime;
    this.#worker = new Worker(PROGRAM, {
      workerData,
      env: { ...environment, ...COMPILE_CACHE },
      execArgv: (environment['NODE_OPTIONS'] ?? '').split(' ').filter(Boolean),
      resourceLimits: {
        maxOldGenerationSizeMb: runtime.memoryMb,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      createInterface({ input: stream }).on('line', log);
    this.#worker.on('message', (send: WorkerMessage) => this.#settle?.(send));
    this.#worker.on('error', (error) => this.#end(crash(error)));
    this.#worker.on('exit', () => this.#end(functionError('Runtime.ExitError', 'The runtime exited')));
    this.#ready = this.#initialise();
  }

  /** Whether it can take another invocation: not after a crash, a time-out or its end. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Runs the function once. The time-out begins when the module is loaded, as with Lambda. */
  async invoke(eventJson: string): Promise<InvocationResult> {
    const failedInit = await this.#ready;
    if (failedInit !== undefined) return failedInit;
    const { timeoutMs } = this.#runtime;
    const requestId = randomUUID();
    const request: WorkerRequest = { requestId, eventJson, deadlineMs: Date.now() + timeoutMs };
    const seconds = (timeoutMs / 1_000).toFixed(2);
    const timedOut = functionError(
      'Sandbox.Timedout',
      `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
    );
    return toResult(await this.#exchange(timeoutMs, timedOut, () => this.#worker.postMessage(request)));
  }

  /** Ends the thread; an invocation in progress ends as a function error. */
  async terminate(): Promise<void> {
    this.#end(functionError('Runtime.ExitError', 'The runtime was terminated'));
    await this.#worker.terminate();
  }

  /** Waits until the module is loaded; gives the failure if it is not. */
  async #initialise(): Promise<InvocationResult | undefined> {
    const { initTimeoutMs = INIT_TIMEOUT_MS, timeoutMs } = this.#runtime;
    const loadMs = initTimeoutMs + timeoutMs;
    const timedOut = functionError(
      'Sandbox.Timedout',
      `The module took longer than ${loadMs / 1_000} s to load`,
    );
    const end = await this.#exchange(loadMs, timedOut, () => undefined);
    if ('kind' in end && end.kind === 'ready') return undefined;
    this.#isUsable = false;
    await this.#worker.terminate();
    return toResult(end);
  }

  async #exchange(
    timeoutMs: number,
    timedOut: InvocationResult,
    send: () => void,
  ): Promise<InvocationResult | WorkerMessage> {
    if (!this.#isUsable) return functionError('Runtime.ExitError', 'The runtime has ended');
    const timer = new AbortController();
    const answered = new Promise<InvocationResult | WorkerMessage>((resolve) => {
      this.#settle = resolve;
    });
    send();
    const late = sleep(timeoutMs, timedOut, { signal: timer.signal }).catch(() => timedOut);
    const end = await Promise.race([answered, late]);
    timer.abort();
    this.#settle = undefined;
    if (end === timedOut) await this.terminate();
    return end;
  }

  #end(result: InvocationResult): void {
    this.#isUsable = false;
    this.#settle?.(result);
  }
}

function toResult(end: InvocationResult | WorkerMessage): InvocationResult {
  if ('outcome' in end) return end;
  if (end.kind === 'error') return functionError(end.errorType, end.errorMessage, end.trace);
  const json = end.kind === 'success' ? end.json : undefined;
  if (json === undefined) return { outcome: 'success', payload: null };
  const bytes = Buffer.byteLength(json);
  if (bytes <= PAYLOAD_BYTES_MAX) return { outcome: 'success', payload: JSON.parse(json) };
  return functionError(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${PAYLOAD_BYTES_MAX} bytes).`,
  );
}

function crash(error: unknown): InvocationResult {
  if (!(error instanceof Error)) return functionError('Runtime.UnhandledError', String(error));
  const isOutOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return functionError(
    isOutOfMemory ? 'Runtime.OutOfMemory' : error.name,
    error.message,
    (error.stack ?? '').split('\n'),
  );
}
