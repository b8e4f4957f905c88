import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ImportedOrder } from '../../contracts/api/imported-order.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { ConditionsFailedError, commit, putNew } from '../core/commit.ts';
import { importedOrderId } from './imported-order-id.ts';
import { newOrder } from './new-order.ts';

export interface ImportOrderDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Writes an order of another system, with that system's prices and date, unless it has been imported before. It is
 * recognised by user, source id and date together, which its order id is made of.
 */
export async function importOrder(
  deps: ImportOrderDeps,
  source: ImportedOrder,
): Promise<'written' | 'already-there'> {
  const { placedAt, ...content } = source;
  const order = newOrder({
    ...content,
    orderId: importedOrderId(source.userId, source.sourceId, placedAt),
    createdAt: placedAt,
    updatedAt: instantOf(deps.clock.now()),
    version: deps.clock.firstVersion(),
  });
  try {
    await commit(deps.dynamoDb, [putNew(deps.tableName, order)]);
    return 'written';
  } catch (error) {
    if (error instanceof ConditionsFailedError) return 'already-there';
    throw error;
  }
}
