import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Instant, versionAfter } from '../../contracts/ids.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import { PIECES_MAX } from '../../contracts/items/product.ts';
import type { ReservationItem } from '../../contracts/items/reservation.ts';
import { productKey, statusPartition } from '../../contracts/keys.ts';
import { updateItem } from '../core/update-item.ts';
import type { StockMove } from './stock-moves.ts';

/** Writes a reservation where it still is as it was read; `undefined`: where there still is none. */
export function putReservation(
  tableName: string,
  next: ReservationItem,
  read: ReservationItem | undefined,
): TransactWriteItem {
  const condition =
    read === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'version = :readVersion',
          ExpressionAttributeValues: marshall({ ':readVersion': read.version }),
        };
  const Item = marshall(next, { removeUndefinedValues: true });
  return { Put: { TableName: tableName, Item, ...condition } };
}

/** Moves pieces between the stock and the reserved ones, where there are enough, and room for them. */
export function moveStock(tableName: string, { sku, held }: StockMove, now: Instant): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(productKey(sku)),
      UpdateExpression:
        'SET stock = stock - :held, reserved = reserved + :held, version = version + :one, updatedAt = :now',
      ConditionExpression:
        held > 0 ? 'stock >= :needed AND reserved <= :room' : 'reserved >= :needed AND stock <= :room',
      ExpressionAttributeValues: marshall({
        ':held': held,
        ':needed': Math.abs(held),
        ':room': PIECES_MAX - Math.abs(held),
        ':one': 1,
        ':now': now,
      }),
    },
  };
}

/** Turns an order into `rejected` while it still is as it asked for the stock. `ttl`: when it then expires, in epoch seconds. */
export function rejectOrder(
  tableName: string,
  order: OrderItem,
  { now, ttl }: { readonly now: Instant; readonly ttl: number | undefined },
): TransactWriteItem {
  return updateItem(tableName, order, {
    ...order,
    status: 'rejected',
    GSI1PK: statusPartition('rejected'),
    version: versionAfter(order.version),
    updatedAt: now,
    ttl: ttl ?? order.ttl,
  });
}
