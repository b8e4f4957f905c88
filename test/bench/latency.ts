import { setTimeout as sleep } from 'node:timers/promises';
import { OrderView } from '../../contracts/api/orders.ts';
import { type NotificationType, notificationId } from '../../contracts/events/order-notification.ts';
import { Api } from '../../infra/demo/api.ts';
import { Subscriber } from '../../infra/demo/subscriber.ts';
import { SystemProcess } from '../soak/system-process.ts';
import { perSecond, quantile } from './statistics.ts';

/** Orders a second, and for how many seconds they come. */
const LOADS = [
  { rate: 1, seconds: 60 },
  { rate: 20, seconds: 30 },
  { rate: 100, seconds: 30 },
] as const;
const WARM_UP = { rate: 10, seconds: 5 };
/** After the last arrival, for what is still waiting. */
const TIMEOUT_MS = 300_000;
const NOTIFIED_LOOK_MS = 5;
const SEARCH_LOOK_MS = 25;
/** The order ids of one search; more than wait unless the system is far behind. */
const IDS_A_SEARCH = 1_000;
const PRODUCTS = 100;
const USERS = 20;
const STOCK = 100_000;
const PLACED: NotificationType = 'order.placed';
const MS_PER_SECOND = 1_000;

/** Milliseconds since the moment at which an order was due to be sent, whether the system was ready for it or not. */
interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** What became of orders that came at a constant rate. */
export interface Latency {
  readonly rate: number;
  readonly orders: number;
  /** Orders that the API refused, or did not respond to within 30 s: they are in no other figure. */
  readonly refused: number;
  /** Up to the API's response. */
  readonly written: Quantiles;
  /** Until an SQS subscriber has the event. */
  readonly notified: Quantiles;
  /** Until a search finds the order. */
  readonly searchable: Quantiles;
  /** Of the orders that were written: orders a second, from the first arrival to the last order that was searchable and notified. */
  readonly ratePassed: number;
}

/** What is followed of an order, in milliseconds of this process's clock. */
interface Followed {
  readonly dueAt: number;
  readonly writtenAt: number;
  readonly orderId: string;
  readonly eventId: string;
  notifiedAt: number | undefined;
  searchableAt: number | undefined;
}

/**
 * Places orders on a local system in another process at several rates, and follows each to the index and to an SQS subscriber. The
 * arrivals are an open loop: each order is sent when it is due, however many wait for their responses, and its time runs from then on.
 */
export async function measureLatency(): Promise<readonly Latency[]> {
  await using started = new AsyncDisposableStack();
  const system = await SystemProcess.start({ SampleSubscriber: 'Enabled', BatchingWindowSeconds: '0' });
  started.defer(() => system.stop());
  const subscriber = Subscriber.start(system);
  started.defer(() => subscriber.stop());
  const api = await Api.of(system);
  await openShop(api);
  await underLoad(WARM_UP, { system, subscriber, api });
  const measured: Latency[] = [];
  for (const load of LOADS) measured.push(await underLoad(load, { system, subscriber, api }));
  return measured;
}

async function openShop(api: Api): Promise<void> {
  const users = Array.from({ length: USERS }, (_, n) => ({
    userId: `bench-${n}`,
    name: 'Ada Example',
    email: `ada-${n}@example.com`,
  }));
  const products = Array.from({ length: PRODUCTS }, (_, n) => ({
    sku: `pen-${n}`,
    name: 'Pen',
    category: 'Office',
    unitPrice: 100,
    currency: 'EUR',
  }));
  for (const user of users) await api.call('POST', '/users', user);
  for (const product of products) {
    await api.call('POST', '/products', product);
    await api.call('POST', `/products/${product.sku}/receipts`, { quantity: STOCK });
  }
}

interface Parts {
  readonly system: SystemProcess;
  readonly subscriber: Subscriber;
  readonly api: Api;
}

async function underLoad(
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
  { system, subscriber, api }: Parts,
): Promise<Latency> {
  const orders = rate * seconds;
  const firstAt = performance.now();
  const deadline = firstAt + seconds * MS_PER_SECOND + TIMEOUT_MS;
  const followed: Followed[] = [];
  let refused = 0;
  const isOver = (isDone: (one: Followed) => boolean): boolean => {
    if (performance.now() > deadline) throw new RangeError(`Not all orders arrived within ${TIMEOUT_MS} ms`);
    return followed.length + refused === orders && followed.every(isDone);
  };
  const sending = Array.from({ length: orders }, async (_, n) => {
    const dueAt = firstAt + (n * MS_PER_SECOND) / rate;
    await sleep(Math.max(0, dueAt - performance.now()));
    const response = await placeOrder(api, n).catch(() => undefined);
    if (response === undefined) {
      refused += 1;
      return;
    }
    const { orderId, version } = OrderView.parse(response);
    followed.push({
      dueAt,
      writtenAt: performance.now(),
      orderId,
      eventId: notificationId(orderId, version, PLACED),
      notifiedAt: undefined,
      searchableAt: undefined,
    });
  });
  await Promise.all([
    ...sending,
    lookForEvents(followed, subscriber, isOver),
    lookForDocuments(followed, system, isOver),
  ]);
  const lastAt = Math.max(
    ...followed.map(({ notifiedAt = Number.NaN, searchableAt = Number.NaN }) =>
      Math.max(notifiedAt, searchableAt),
    ),
  );
  const of = (at: (one: Followed) => number | undefined): Quantiles => {
    const all = followed.map((one) => (at(one) ?? Number.NaN) - one.dueAt);
    return { p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
  };
  return {
    rate,
    orders,
    refused,
    written: of(({ writtenAt }) => writtenAt),
    notified: of(({ notifiedAt }) => notifiedAt),
    searchable: of(({ searchableAt }) => searchableAt),
    ratePassed: perSecond(followed.length, lastAt - firstAt),
  };
}

function placeOrder(api: Api, n: number): Promise<unknown> {
  const body = {
    lines: [n, n + 1].map((product) => ({ sku: `pen-${product % PRODUCTS}`, quantity: 1 })),
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
  };
  return api.call('POST', `/users/bench-${n % USERS}/orders`, body);
}

type IsOver = (isDone: (one: Followed) => boolean) => boolean;

async function lookForEvents(
  followed: readonly Followed[],
  { events }: Subscriber,
  isOver: IsOver,
): Promise<void> {
  while (!isOver(({ notifiedAt }) => notifiedAt !== undefined)) {
    const now = performance.now();
    for (const one of followed)
      if (one.notifiedAt === undefined && events.has(one.eventId)) one.notifiedAt = now;
    await sleep(NOTIFIED_LOOK_MS);
  }
}

/** One search looks for all orders that wait, so that looking is a small part of the load. */
async function lookForDocuments(
  followed: readonly Followed[],
  { clients }: SystemProcess,
  isOver: IsOver,
): Promise<void> {
  while (!isOver(({ searchableAt }) => searchableAt !== undefined)) {
    const waiting = followed.filter((one) => one.searchableAt === undefined).slice(0, IDS_A_SEARCH);
    if (waiting.length > 0) {
      const { body } = await clients.openSearch.search({
        index: 'orders',
        body: {
          size: IDS_A_SEARCH,
          _source: false,
          query: { terms: { orderId: waiting.map(({ orderId }) => orderId) } },
        },
      });
      const found = new Set(body.hits.hits.map(({ _id }) => _id));
      const now = performance.now();
      for (const one of waiting) if (found.has(one.orderId)) one.searchableAt = now;
    }
    await sleep(SEARCH_LOOK_MS);
  }
}
