import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { readTable } from '../../pipelines/reconciliation/read-table.ts';
import type { LocalSystem } from '../local/local-system.ts';
import { openShop } from './fill.ts';
import { followImport, putOrders } from './import-orders.ts';
import { expectedAfterImport, live } from './live.ts';
import type { Progress } from './progress.ts';
import { type Check, reconcile } from './reconcile.ts';
import { Subscriber } from './subscriber.ts';
import type { Superstore } from './superstore.ts';

/** What the demo asks of the template: somebody who takes the notifications, and the mails. */
export const DEMO_PARAMETERS = { SampleSubscriber: 'Enabled', OrderMails: 'Enabled' } as const;

const SEGMENTS = 4;
/** Longer than a mail that failed lies on its queue until it is tried again. */
const DRAINED_TIMEOUT_MS = 600_000;
const ARRIVAL_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 200;

/** What plays at the same time as the demo's steps, for a test that breaks something in the middle of one. */
export interface DemoHooks {
  readonly duringImport?: (system: LocalSystem) => Promise<void>;
}

/**
 * Drives the superstore through the system: opens the shop, imports the orders, lets them live, and reconciles.
 *
 * @throws NotDrainedError when the stream is not handled in ten minutes; UnexpectedAnswerError when the API refuses;
 * ImportIncompleteError when the import does not take every order.
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
 * Plays the demo from where its orders lie in the bucket: also on a system that was killed in the middle of their import,
 * as long as nobody has taken its notifications. Throws what {@link playDemo} does.
 */
export async function playFromImport(
  system: LocalSystem,
  superstore: Superstore,
  progress: Progress,
  hooks: DemoHooks = {},
): Promise<readonly Check[]> {
  const subscriber = new Subscriber({
    sqs: system.clients.sqs,
    queueUrl: system.names['NotificationsQueue'] ?? '',
  });
  subscriber.start();
  try {
    const [malformed] = await Promise.all([
      followImport(system, superstore, progress),
      hooks.duringImport?.(system),
    ]);
    await drained(system, progress);
    const placed = await ordersOf(system);
    const expected = [...expectedAfterImport(placed), ...(await live(system, placed, progress))];
    const notificationIds = new Set(expected);
    await allArrived(subscriber, notificationIds.size);
    await drained(system, progress);
    return await reconcile(system, { notificationIds, malformed }, new Set(subscriber.events.keys()));
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
 * Waits until as many events have come as must come; what is missing after that time is for the reconciliation to say. It
 * also waits for what nobody asked for: the removal of expired items, which the stream brings seconds later.
 */
async function allArrived(subscriber: Subscriber, expected: number): Promise<void> {
  const deadline = Date.now() + ARRIVAL_TIMEOUT_MS;
  while (subscriber.events.size < expected && Date.now() < deadline) await sleep(LOOK_INTERVAL_MS);
}
