import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { orderKey, statusKey, totalSortKey } from '../../../contracts/entities/order.ts';
import { type OrderId, UserId } from '../../../contracts/ids.ts';
import type { OrderStatus } from '../../../contracts/order-status.ts';
import { parse } from '../../../contracts/reading.ts';
import { type Clock, instantOf } from '../../../pipelines/clock.ts';

const USER = parse(UserId, 'MALFORMED');
const TOTAL = 2_500;
/** Versions count microseconds, so that one of a newer change is higher. */
const MICROSECONDS_PER_MS = 1_000;

/** What is wrong with an item: each breaks another field, and each can be corrected by setting that field. */
const CAUSES: readonly ((order: Record<string, unknown>) => Record<string, unknown>)[] = [
  (order) => ({ ...order, total: String(TOTAL) }),
  (order) => ({ ...order, currency: 'usd' }),
  (order) => ({ ...order, status: 'paid' }),
];

/**
 * Orders that violate the contract, by three causes in turn, as a writer other than the write API might put them into the table. Each
 * becomes a dead letter of both consumers.
 */
export function* brokenItems(
  count: number,
  { clock, newOrderId }: { readonly clock: Pick<Clock, 'now'>; readonly newOrderId: () => OrderId },
): Generator<Record<string, AttributeValue>> {
  for (let place = 0; place < count; place += 1) {
    const damage = CAUSES[place % CAUSES.length];
    const order = orderAttributes(newOrderId(), clock.now());
    yield marshall(damage === undefined ? order : damage(order));
  }
}

/** A valid order, as it is in the table. */
export function orderAttributes(
  orderId: OrderId,
  now: Date,
  status: OrderStatus = 'placed',
): Record<string, unknown> {
  const createdAt = instantOf(now);
  return {
    ...orderKey(USER, orderId),
    entityType: 'Order',
    orderId,
    userId: USER,
    status,
    lines: [{ sku: 'SKU-1', name: 'Oak chair', category: 'Furniture', quantity: 2, amount: TOTAL }],
    total: TOTAL,
    currency: 'USD',
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    createdAt,
    updatedAt: createdAt,
    version: now.getTime() * MICROSECONDS_PER_MS,
    ...statusKey({ orderId, createdAt, status }, 1),
    LSI1SK: totalSortKey(TOTAL),
  };
}
