import { setTimeout as sleep } from 'node:timers/promises';
import { isShort } from '../../infra/demo/fill.ts';
import { ImportIncompleteError, importReport, putOrders } from '../../infra/demo/import-orders.ts';
import type { Superstore, SuperstoreOrder } from '../../infra/demo/superstore.ts';
import type { SystemProcess } from './system-process.ts';

const LOOK_INTERVAL_MS = 200;
const TIMEOUT_MS = 900_000;

/** So that the short products are gone after a quarter of the orders. A user then has fewer mails than anyone gets in a day, 50. */
const SHORT_PART = 2;

/**
 * The superstore over and over: each time all its orders under source ids of their own, and stock for all of it. The short products run out in the
 * first half of the orders, so that orders are rejected, which mails say, to the end.
 */
export function repeated(superstore: Superstore, count: number): Superstore {
  const { orders, products } = superstore;
  const times = Math.ceil(count / orders.length);
  return {
    ...superstore,
    products: products.map((product, index) => ({
      ...product,
      quantityOrdered: Math.ceil((product.quantityOrdered * times) / (isShort(index) ? SHORT_PART : 1)),
    })),
    orders: Array.from({ length: times }, (_, time) => orders.map((order) => again(order, time)))
      .flat()
      .slice(0, count),
  };
}

const again = (order: SuperstoreOrder, time: number): SuperstoreOrder => ({
  ...order,
  sourceId: `${order.sourceId}-${time}`,
});

/** Imports orders as one object. @throws ImportIncompleteError unless all of them are there within 15 minutes. */
export async function importRound(
  system: SystemProcess,
  orders: readonly SuperstoreOrder[],
  key: string,
): Promise<void> {
  await putOrders(system, { orders }, key);
  const deadlineMs = Date.now() + TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const report = await importReport(system, key);
    if (report?.orders.written === orders.length) return;
    if (report !== undefined) break;
    await sleep(LOOK_INTERVAL_MS);
  }
  throw new ImportIncompleteError(`Not all orders of ${key} were imported`);
}
