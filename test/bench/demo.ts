import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { npmRun } from './npm-run.ts';

const CONSOLE = /console: (http:\S+)/;
const RECONCILED = /^Everything reconciles/;
const LOOK_INTERVAL_MS = 100;
const TIMEOUT_MS = 30_000;
const Found = z.object({ hits: z.array(z.unknown()) });

/** Seconds from the start of `npm run demo`. */
export interface Demo {
  /** Until the console's page finds an order. */
  readonly firstOrdersSeconds: number;
  readonly reconciledSeconds: number;
}

/** Starts the demo as a user does, looks at the console until there are orders, and waits until everything reconciles. */
export async function measureDemo(): Promise<Demo> {
  const startedAt = performance.now();
  const since = (): number => (performance.now() - startedAt) / 1_000;
  const child = npmRun('demo');
  const ended = once(child, 'close');
  try {
    let firstOrders: Promise<number> | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      const url = CONSOLE.exec(line)?.[1];
      if (url !== undefined) {
        firstOrders = untilOrders(url).then(since);
        // It is awaited when everything reconciles; until then a failure would be unhandled.
        firstOrders.catch(() => undefined);
      }
      if (firstOrders === undefined || !RECONCILED.test(line)) continue;
      const reconciledSeconds = since();
      return { firstOrdersSeconds: await firstOrders, reconciledSeconds };
    }
    throw new RangeError('The demo ended before everything reconciled');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function untilOrders(consoleUrl: string): Promise<void> {
  const address = new URL('/api/search/orders?limit=1', consoleUrl);
  for (;;) {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok && Found.parse(await response.json()).hits.length > 0) return;
    await sleep(LOOK_INTERVAL_MS);
  }
}
