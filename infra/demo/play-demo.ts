import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { readTable } from '../../pipelines/reconciliation/read-table.ts';
import type { LocalSystem } from '../local/system/local-system.ts';
import { openShop } from './fill.ts';
import { followImport, putOrders } from './import-orders.ts';
import { DEMO_PUBLISHERS, expectedAfterImport, live } from './live.ts';
import type { Progress } from './progress.ts';
import { type Check, type Expected, reconcile } from './reconcile.ts';
import { Subscriber } from './subscriber.ts';
import type { Superstore } from './superstore.ts';

/** The template's parameters of the demo: a subscriber that receives the notifications, and the mails. */
export const DEMO_PARAMETERS = {
  SampleSubscriber: 'Enabled',
  OrderMails: 'Enabled',
  HighValueThreshold: String(DEMO_PUBLISHERS.highValueThreshold),
} as const;

const SEGMENTS = 4;
/** Longer than the wait before a failed mail is retried. */
const DRAINED_TIMEOUT_MS = 600_000;
const ARRIVAL_TIMEOUT_MS = 60_000;
const CHECK_INTERVAL_MS = 200;

/** Hooks that run during the demo's steps, for a test that breaks a part in the middle of one. */
export interface DemoHooks extends Pick<Expected, 'mayMailTwice'> {
  readonly duringImport?: (system: LocalSystem) => Promise<void>;
}

/**
 * Plays the demo: creates customers and products, imports the orders, changes some of them, and reconciles.
 *
 * @throws NotDrainedError if the stream is not handled within ten minutes; UnexpectedResponseError if the API refuses a request;
 * ImportIncompleteError if the import does not import every order.
 */
export async function playDemo(
  system: LocalSystem,
  superstore: Superstore,
  progress: Progress,
  hooks: DemoHooks = {},
): Promise<readonly Check[]> {
  await openShop(system, superstore, progress);
  await putOrders(system, superstore);
  return playFromImport(system, superstore, progress, hooks);
}

/**
 * Plays the demo from the point where its orders are in the bucket. It also works on a system that was killed during the import, as
 * long as no subscriber has received its notifications. Throws the errors of {@link playDemo}.
 */
export async function playFromImport(
  system: LocalSystem,
  superstore: Superstore,
  progress: Progress,
  hooks: DemoHooks = {},
): Promise<readonly Check[]> {
  const subscriber = Subscriber.start(system);
  try {
    const [malformed] = await Promise.all([
      followImport(system, superstore, progress),
      hooks.duringImport?.(system),
    ]);
    await drained(system, progress);
    const placed = await ordersOf(system);
    const events = [...expectedAfterImport(placed), ...(await live(system, placed, progress))];
    await allArrived(subscriber, events.length);
    await drained(system, progress);
    const { mayMailTwice } = hooks;
    return await reconcile(system, { events, malformed, mayMailTwice }, new Set(subscriber.events.keys()));
  } finally {
    await subscriber.stop();
  }
}

async function drained(system: LocalSystem, progress: Progress): Promise<void> {
  const bar = progress('Draining the stream', 1);
  await system.drained(DRAINED_TIMEOUT_MS);
  bar.advance();
  bar.end();
}

async function ordersOf({ clients, names }: LocalSystem): Promise<readonly OrderItem[]> {
  const { items } = await readTable(clients.dynamoDb, names['Table'] ?? '', SEGMENTS);
  return items.filter((item) => item.entityType === 'Order');
}

/**
 * Waits until the expected number of events has arrived. After the timeout, the reconciliation reports the missing ones. The wait
 * includes the removal of expired items, whose events arrive seconds later.
 */
async function allArrived(subscriber: Subscriber, expected: number): Promise<void> {
  const deadline = Date.now() + ARRIVAL_TIMEOUT_MS;
  while (subscriber.events.size < expected && Date.now() < deadline) await sleep(CHECK_INTERVAL_MS);
}
