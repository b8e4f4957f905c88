import { Session } from 'node:inspector/promises';
import * as z from 'zod';

const WORKER_TIMEOUT_MS = 30_000;
const ENABLE_ID = 1;
const COLLECT_ID = 2;
const Attached = z.object({ params: z.object({ sessionId: z.string() }) });
const Received = z.object({ params: z.object({ sessionId: z.string(), message: z.string() }) });
const Answer = z.object({ id: z.number().optional() });

/**
 * Collects the garbage of this thread and of all its workers, through the inspector, which alone reaches a worker from outside. What is
 * resident after it is held.
 * See https://chromedevtools.github.io/devtools-protocol/tot/HeapProfiler/#method-collectGarbage.
 */
export class GarbageCollection {
  readonly #session = new Session();
  readonly #workers = new Set<string>();
  readonly #collected = new Map<string, () => void>();

  private constructor() {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', (event) =>
      this.#workers.add(Attached.parse(event).params.sessionId),
    );
    this.#session.on('NodeWorker.detachedFromWorker', (event) => {
      const { sessionId } = Attached.parse(event).params;
      this.#workers.delete(sessionId);
      this.#collected.get(sessionId)?.();
    });
    this.#session.on('NodeWorker.receivedMessageFromWorker', (event) => {
      const { sessionId, message } = Received.parse(event).params;
      if (Answer.parse(JSON.parse(message)).id === COLLECT_ID) this.#collected.get(sessionId)?.();
    });
  }

  /** Follows the workers from now on. */
  static async start(): Promise<GarbageCollection> {
    const collection = new GarbageCollection();
    await collection.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    await collection.#session.post('HeapProfiler.enable');
    return collection;
  }

  async collect(): Promise<void> {
    await this.#session.post('HeapProfiler.collectGarbage');
    for (const sessionId of this.#workers) await this.#collectIn(sessionId);
  }

  async #collectIn(sessionId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#collected.set(sessionId, resolve);
    const timer = setTimeout(resolve, WORKER_TIMEOUT_MS);
    await this.#tell(sessionId, { id: ENABLE_ID, method: 'HeapProfiler.enable' });
    await this.#tell(sessionId, { id: COLLECT_ID, method: 'HeapProfiler.collectGarbage' });
    await promise;
    clearTimeout(timer);
    this.#collected.delete(sessionId);
  }

  #tell(sessionId: string, message: object): Promise<void> {
    return this.#session.post('NodeWorker.sendMessageToWorker', {
      sessionId,
      message: JSON.stringify(message),
    });
  }
}
