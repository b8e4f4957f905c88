import type { DynamoDBRecord } from 'aws-lambda';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { orderItem } from '../values/items.ts';
import { insertOf, modifyOf, removeOf } from './stream-record.ts';

/** The change of an order that a record decodes into. */
export function orderChange(record: DynamoDBRecord): ChangeOf<'Order'> {
  const change = decodeChange(record);
  if (change.entityType !== 'Order')
    throw new TypeError(`A record of an order, not of a ${change.entityType}`);
  return change;
}

/** The id of a test's order of that number. */
export const orderIdOf = (number: number): string => `01KJMSY7G0${String(number).padStart(16, '0')}`;

/** An order after one more write that gave it another status. */
export const withStatus = (order: OrderItem, status: OrderItem['status']): OrderItem => {
  const { orderId, userId, createdAt, lines, currency, shipTo, version } = order;
  return orderItem({ orderId, userId, createdAt, lines, currency, shipTo, status, version: version + 1 });
};

/** The changes of an order that takes those statuses one after the other and is then removed, in the order of their writes. */
export function orderLife(
  order: OrderItem,
  ...statuses: readonly OrderItem['status'][]
): ChangeOf<'Order'>[] {
  const changes = [orderChange(insertOf(order))];
  let latest = order;
  for (const status of statuses) {
    const next = withStatus(latest, status);
    changes.push(orderChange(modifyOf(latest, next)));
    latest = next;
  }
  return [...changes, orderChange(removeOf(latest))];
}
