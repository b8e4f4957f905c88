import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OrderItem, orderKey } from '../../contracts/entities/order.ts';
import type { OrderId, UserId } from '../../contracts/ids.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { NotFoundError } from '../request-errors.ts';

export interface ReadOrderDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** Which order of which user. */
export interface OrderAddress {
  readonly userId: UserId;
  readonly orderId: OrderId;
}

/**
 * Reads an order with strong consistency.
 *
 * @throws NotFoundError where there is none.
 */
export async function readOrder(
  { dynamoDb, tableName }: ReadOrderDeps,
  { userId, orderId }: OrderAddress,
): Promise<OrderItem> {
  const order = await readItem(dynamoDb, { tableName, key: orderKey(userId, orderId), schema: OrderItem });
  if (order === undefined) throw new NotFoundError('order');
  return order;
}
