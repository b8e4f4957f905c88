import { Session } from 'node:inspector/promises';
import * as z from 'zod';

const WORKER_TIMEOUT_MS = 30_000;
const Attached = z.object({ params: z.object({ sessionId: z.string() }) });
const Received = z.object({ params: z.object({ sessionId: z.string(), message: z.string() }) });
const Reply = z.object({ id: z.number().optional(), result: z.unknown() });
const HeapUsage = z.object({ usedSize: z.number() });

const Evaluated = z.object({ result: z.object({ value: z.string() }) });

/** What a thread of a process holds when there is no garbage. */
export interface Held {
  /** `main`, or the name of the worker's function and a number. */
  readonly thread: string;
  readonly bytes: number;
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
    const held: Held[] = [{ thread: 'main', bytes: process.memoryUsage().heapUsed }];
    for (const [worker, name] of this.#workers) {
      await this.#request(worker, 'HeapProfiler.enable');
      await this.#request(worker, 'HeapProfiler.collectGarbage');
      const { usedSize } = HeapUsage.parse(await this.#request(worker, 'Runtime.getHeapUsage'));
      held.push({ thread: name === '' ? await this.#nameOf(worker) : name, bytes: usedSize });
    }
    return held;
  }

  async #nameOf(worker: string): Promise<string> {
    const expression = 'process.env.AWS_LAMBDA_FUNCTION_NAME ?? "worker"';
    const { result } = Evaluated.parse(
      await this.#request(worker, 'Runtime.evaluate', { expression, returnByValue: true }),
    );
    const others = [...this.#workers.values()].filter((name) => name.startsWith(`${result.value} `)).length;
    const name = `${result.value} ${others + 1}`;
    this.#workers.set(worker, name);
    return name;
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
