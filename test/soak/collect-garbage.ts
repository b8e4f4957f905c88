import { Session } from 'node:inspector/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import * as z from 'zod';

const WORKER_TIMEOUT_MS = 30_000;
/**
 * Names a worker by its function, and has it read the source map of its bundle: Node reads it for the first stack of an error, in one step of
 * some megabytes. See https://nodejs.org/api/module.html#modulefindsourcemappath.
 */
const FUNCTION_NAME = `(() => {
  const { workerData } = process.getBuiltinModule('node:worker_threads');
  const { findSourceMap } = process.getBuiltinModule('node:module');
  if (workerData?.modulePath !== undefined) findSourceMap(workerData.modulePath);
  return process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'worker';
})()`;
const Attached = z.object({ params: z.object({ sessionId: z.string() }) });
const Received = z.object({ params: z.object({ sessionId: z.string(), message: z.string() }) });
const Reply = z.object({ id: z.number().optional(), result: z.unknown() });
const Evaluated = z.object({ result: z.object({ value: z.string() }) });

/** V8 keeps machine code, bytecode and what belongs to them in these spaces. See https://v8.dev/blog/trash-talk. */
const CODE_SPACES: ReadonlySet<string> = new Set([
  'code_space',
  'code_large_object_space',
  'trusted_space',
  'trusted_large_object_space',
]);
const Spaces = z.array(z.object({ space_name: z.string(), space_used_size: z.number() }));

/** What a thread of a process holds when there is no garbage. */
export interface Held {
  /** `main`, or the name of the worker's function and a number. */
  readonly thread: string;
  /** Without {@link codeBytes}. */
  readonly bytes: number;
  /** The compiled code. V8 compiles what runs often again, better and larger, for thousands of invocations. */
  readonly codeBytes: number;
}

/**
 * Collects the garbage of this thread and of all its workers, through the inspector, which alone reaches a worker from outside.
 * See https://chromedevtools.github.io/devtools-protocol/tot/HeapProfiler/#method-collectGarbage.
 */
export class GarbageCollection {
  readonly #session = new Session();
  /** The names of the workers, by their sessions, in the order in which they came. */
  readonly #workers = new Map<string, string>();
  readonly #replies = new Map<number, (result: unknown) => void>();
  #sent = 0;

  private constructor() {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', (event) =>
      this.#workers.set(Attached.parse(event).params.sessionId, ''),
    );
    this.#session.on('NodeWorker.detachedFromWorker', (event) =>
      this.#workers.delete(Attached.parse(event).params.sessionId),
    );
    this.#session.on('NodeWorker.receivedMessageFromWorker', (event) => {
      const { id, result } = Reply.parse(JSON.parse(Received.parse(event).params.message));
      if (id !== undefined) this.#replies.get(id)?.(result);
    });
  }

  /** Follows the workers from now on. */
  static async start(): Promise<GarbageCollection> {
    const collection = new GarbageCollection();
    await collection.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    await collection.#session.post('HeapProfiler.enable');
    return collection;
  }

  /** @throws RangeError when a worker does not respond within half a minute. */
  async collect(): Promise<readonly Held[]> {
    await this.#session.post('HeapProfiler.collectGarbage');
    const held: Held[] = [heldBy('main', getHeapSpaceStatistics())];
    for (const [worker, name] of this.#workers) {
      const thread = name === '' ? await this.#nameOf(worker) : name;
      await this.#request(worker, 'HeapProfiler.enable');
      await this.#request(worker, 'HeapProfiler.collectGarbage');
      const spaces = await this.#evaluate(
        worker,
        'JSON.stringify(process.getBuiltinModule("node:v8").getHeapSpaceStatistics())',
      );
      held.push(heldBy(thread, Spaces.parse(JSON.parse(spaces))));
    }
    return held;
  }

  async #nameOf(worker: string): Promise<string> {
    const functionName = await this.#evaluate(worker, FUNCTION_NAME);
    const others = [...this.#workers.values()].filter((name) => name.startsWith(`${functionName} `)).length;
    const name = `${functionName} ${others + 1}`;
    this.#workers.set(worker, name);
    return name;
  }

  async #evaluate(worker: string, expression: string): Promise<string> {
    const { result } = Evaluated.parse(
      await this.#request(worker, 'Runtime.evaluate', { expression, returnByValue: true }),
    );
    return result.value;
  }

  async #request(sessionId: string, method: string, params: object = {}): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#replies.set(id, resolve);
    const timer = setTimeout(() => reject(new RangeError('A worker does not respond')), WORKER_TIMEOUT_MS);
    try {
      const message = JSON.stringify({ id, method, params });
      await this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#replies.delete(id);
    }
  }
}

function heldBy(thread: string, spaces: z.infer<typeof Spaces>): Held {
  const bytesOf = (isCode: boolean): number =>
    spaces
      .filter(({ space_name }) => CODE_SPACES.has(space_name) === isCode)
      .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
  return { thread, bytes: bytesOf(false), codeBytes: bytesOf(true) };
}
