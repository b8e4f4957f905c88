import { Session } from 'node:inspector/promises';
import * as z from 'zod';

const WORKER_TIMEOUT_MS = 30_000;
const Attached = z.object({ params: z.object({ sessionId: z.string() }) });
const Received = z.object({ params: z.object({ sessionId: z.string(), message: z.string() }) });
const Reply = z.object({ id: z.number().optional(), result: z.unknown() });
const HeapUsage = z.object({ usedSize: z.number() });

/** What a process's threads hold when there is no garbage. */
export interface Held {
  readonly heapBytes: number;
  readonly workers: number;
}

/**
 * Collects the garbage of this thread and of all its workers, through the inspector, which alone reaches a worker from outside.
 * See https://chromedevtools.github.io/devtools-protocol/tot/HeapProfiler/#method-collectGarbage.
 */
export class GarbageCollection {
  readonly #session = new Session();
  readonly #workers = new Set<string>();
  readonly #replies = new Map<number, (result: unknown) => void>();
  #sent = 0;

  private constructor() {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', (event) =>
      this.#workers.add(Attached.parse(event).params.sessionId),
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
  async collect(): Promise<Held> {
    await this.#session.post('HeapProfiler.collectGarbage');
    let heapBytes = process.memoryUsage().heapUsed;
    for (const worker of this.#workers) {
      await this.#request(worker, 'HeapProfiler.enable');
      await this.#request(worker, 'HeapProfiler.collectGarbage');
      heapBytes += HeapUsage.parse(await this.#request(worker, 'Runtime.getHeapUsage')).usedSize;
    }
    return { heapBytes, workers: this.#workers.size };
  }

  async #request(sessionId: string, method: string): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#replies.set(id, resolve);
    const timer = setTimeout(() => reject(new RangeError('A worker does not respond')), WORKER_TIMEOUT_MS);
    try {
      const message = JSON.stringify({ id, method });
      await this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#replies.delete(id);
    }
  }
}
