import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Instant, Version } from '../../contracts/ids.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import type { ReservationItem } from '../../contracts/items/reservation.ts';
import { productKey, statusPartition } from '../../contracts/keys.ts';
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

/** Moves pieces between the stock and the reserved ones, where there are enough. */
export function moveStock(tableName: string, { sku, held }: StockMove, now: Instant): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(productKey(sku)),
      UpdateExpression:
        'SET stock = stock - :held, reserved = reserved + :held, version = version + :one, updatedAt = :now',
      ConditionExpression: held > 0 ? 'stock >= :needed' : 'reserved >= :needed',
      ExpressionAttributeValues: marshall({
        ':held': held,
        ':needed': Math.abs(held),
        ':one': 1,
        ':now': now,
      }),
    },
  };
}

/** Turns an order into `rejected` while it still is the placed one that asked for the stock. */
export function rejectOrder(
  tableName: string,
  order: OrderItem,
  orderVersion: Version,
  now: Instant,
): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall({ pk: order.pk, sk: order.sk }),
      UpdateExpression:
        'SET #status = :rejected, GSI1PK = :partition, version = version + :one, updatedAt = :now',
      ConditionExpression: '#status = :placed AND version = :orderVersion',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: marshall({
        ':rejected': 'rejected' satisfies OrderItem['status'],
        ':placed': 'placed' satisfies OrderItem['status'],
        ':partition': statusPartition('rejected'),
        ':orderVersion': orderVersion,
        ':one': 1,
        ':now': now,
      }),
    },
  };
}
