import type { DynamoDBRecord } from 'aws-lambda';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { readSuperstore } from '../../infra/demo/superstore.ts';
import { insertOf } from '../builders/stream/stream-record.ts';
import { orderItem } from '../builders/values/items.ts';

const ULID_RANDOM_DIGITS = 16;
const FIRST_VERSION = 1_772_366_400_000_000;

/** How many orders the superstore has. */
export const SUPERSTORE_ORDERS = 5_009;

/** The first `count` orders of the superstore, in the order of their dates as they came, as items of the table, each with an id of its own in every call's `run`. */
export async function superstoreOrders(count: number, run: number): Promise<readonly OrderItem[]> {
  const { orders } = await readSuperstore();
  const asTheyCame = orders.toSorted((a, b) => a.placedAt.getTime() - b.placedAt.getTime());
  return asTheyCame.slice(0, count).map(({ placedAt, sourceId, userId, lines, shipTo, currency }, index) => {
    const place = String(run * count + index).padStart(ULID_RANDOM_DIGITS, '0');
    return orderItem({
      orderId: `01KJMSY7G0${place}`,
      userId,
      lines: lines.map((line) => ({ ...line })),
      shipTo: { ...shipTo },
      currency,
      sourceId,
      createdAt: placedAt.toISOString(),
      updatedAt: placedAt.toISOString(),
      version: FIRST_VERSION + index,
    });
  });
}

/** The superstore's orders, again and again, each with an id of its own in every call's `round`. */
export async function repeatedOrders(count: number, round: number): Promise<readonly OrderItem[]> {
  const times = Math.ceil(count / SUPERSTORE_ORDERS);
  const copies = Array.from({ length: times }, (_, time) =>
    superstoreOrders(Math.min(count, SUPERSTORE_ORDERS), round * times + time),
  );
  return (await Promise.all(copies)).flat().slice(0, count);
}

/** The stream records of those orders' first writes. */
export const insertsOf = (orders: readonly OrderItem[]): readonly DynamoDBRecord[] =>
  orders.map((order) => insertOf(order));

/** How much stock each sku needs for all of the orders. */
export function requestOf(orders: readonly OrderItem[]): ReadonlyMap<string, number> {
  const requested = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    requested.set(sku, (requested.get(sku) ?? 0) + quantity);
  return requested;
}
