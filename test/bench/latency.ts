import { setTimeout as sleep } from 'node:timers/promises';
import { OrderView } from '../../contracts/api/orders.ts';
import { type NotificationType, notificationId } from '../../contracts/events/order-notification.ts';
import { Api } from '../../infra/demo/api.ts';
import { Subscriber } from '../../infra/demo/subscriber.ts';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';
import { quantile } from './statistics.ts';

const ORDERS = 100;
const WARM_UP = 20;
/** Between two orders: the latency of a system that is not saturated. */
const GAP_MS = 100;
const LOOK_INTERVAL_MS = 5;
const SEARCH_INTERVAL_MS = 25;
const TIMEOUT_MS = 30_000;
const PLACED: NotificationType = 'order.placed';

/** How long after the API's response an order can be found and its event is at a subscriber, in milliseconds. */
export interface Latency {
  readonly searchable: { readonly p50: number; readonly p99: number };
  readonly notified: { readonly p50: number; readonly p99: number };
}

/** Places orders one by one on the local system and follows each to the index and to an SQS subscriber. */
export async function measureLatency(): Promise<Latency> {
  const system = await startLocalSystem({
    parameters: { SampleSubscriber: 'Enabled', BatchingWindowSeconds: '0' },
  });
  const subscriber = new Subscriber({
    sqs: system.clients.sqs,
    queueUrl: system.names['NotificationsQueue'] ?? '',
  });
  subscriber.start();
  try {
    const api = await Api.of(system);
    await api.call('POST', '/users', { userId: 'bench', name: 'Ada Example', email: 'ada@example.com' });
    await api.call('POST', '/products', {
      sku: 'pen',
      name: 'Pen',
      category: 'Office',
      unitPrice: 100,
      currency: 'EUR',
    });
    await api.call('POST', '/products/pen/receipts', { quantity: 10_000 });
    const following: Promise<readonly [number, number]>[] = [];
    for (let place = 0; place < WARM_UP + ORDERS; place += 1) {
      following.push(follow(system, subscriber, await placeOrder(api)));
      await sleep(GAP_MS);
    }
    const measured = (await Promise.all(following)).slice(WARM_UP);
    const of = (values: readonly number[]) => ({ p50: quantile(values, 0.5), p99: quantile(values, 0.99) });
    return { searchable: of(measured.map(([ms]) => ms)), notified: of(measured.map(([, ms]) => ms)) };
  } finally {
    await subscriber.stop();
    await system.stop();
  }
}

async function placeOrder(api: Api): Promise<OrderView> {
  const body = {
    lines: [{ sku: 'pen', quantity: 1 }],
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
  };
  return OrderView.parse(await api.call('POST', '/users/bench/orders', body));
}

async function follow(
  { clients }: LocalSystem,
  subscriber: Subscriber,
  { orderId, version }: OrderView,
): Promise<readonly [number, number]> {
  const writtenAt = performance.now();
  const eventId = notificationId(orderId, version, PLACED);
  const isSearchable = async (): Promise<boolean> => {
    const { body } = await clients.openSearch.search({
      index: 'orders',
      body: { size: 0, query: { term: { orderId } } },
    });
    const { total } = body.hits;
    return (typeof total === 'number' ? total : (total?.value ?? 0)) > 0;
  };
  return Promise.all([
    since(writtenAt, isSearchable, SEARCH_INTERVAL_MS),
    since(writtenAt, async () => subscriber.events.has(eventId), LOOK_INTERVAL_MS),
  ]);
}

async function since(
  startedAt: number,
  isThere: () => Promise<boolean>,
  intervalMs: number,
): Promise<number> {
  while (!(await isThere())) {
    if (performance.now() - startedAt > TIMEOUT_MS)
      throw new RangeError(`It was not there after ${TIMEOUT_MS} ms`);
    await sleep(intervalMs);
  }
  return performance.now() - startedAt;
}
