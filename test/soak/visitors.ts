import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemProcess } from './system-process.ts';

const TIMEOUT_MS = 60_000;
const SEARCH_EVERY_MS = 1_000;
const WORDS = ['chair', 'bookcase', 'paper', 'phone', 'binder', 'storage', 'table', 'pen'];
/** What the console's overview requests while it is open, and how often: infra/console/views/overview. */
const OVERVIEW: Readonly<Record<string, number>> = {
  '/ops/status': 5_000,
  '/ops/throughput': 5_000,
  '/ops/dead-letters/causes': 10_000,
  '/ops/lag?minutes=60': 15_000,
  '/ops/verify': 60_000,
};

/** What was requested, and how much of it was refused or did not respond. */
export interface Visits {
  readonly console: number;
  readonly searches: number;
  readonly failed: number;
}

/** What people do with a system that works: a console that stays open on its overview, and searches. */
export class Visitors {
  readonly #prefix: string;
  readonly #left = new AbortController();
  readonly #visits = { console: 0, searches: 0, failed: 0 };
  readonly #visitors: Promise<unknown>;

  constructor({ consoleUrl }: Pick<SystemProcess, 'consoleUrl'>) {
    this.#prefix = `${consoleUrl.replace(/\/$/, '')}/api`;
    this.#visitors = Promise.all([
      ...Object.entries(OVERVIEW).map(([path, everyMs]) => this.#repeat('console', everyMs, () => path)),
      this.#repeat('searches', SEARCH_EVERY_MS, (n) => `/search/orders?q=${WORDS[n % WORDS.length]}`),
    ]);
  }

  /** Lets them leave after their current requests. It may be called again. */
  async stop(): Promise<Visits> {
    this.#left.abort();
    await this.#visitors;
    return this.#visits;
  }

  async #repeat(what: 'console' | 'searches', everyMs: number, pathOf: (n: number) => string): Promise<void> {
    const { signal } = this.#left;
    for (let n = 0; !signal.aborted; n += 1) {
      await this.#request(pathOf(n));
      this.#visits[what] += 1;
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #request(path: string): Promise<void> {
    try {
      const response = await fetch(this.#prefix + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      await response.arrayBuffer();
      if (!response.ok) this.#visits.failed += 1;
    } catch {
      this.#visits.failed += 1;
    }
  }
}
