import { marshall } from '@aws-sdk/util-dynamodb';
import { OrderView } from '../../contracts/api/orders.ts';
import { orderKey } from '../../contracts/keys.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { GoodsUnderWayError } from '../core/request-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../core/retry.ts';
import { type OrderAddress, type ReadOrderDeps, readOrder } from './read-order.ts';

/**
 * Deletes an order and returns its last state. What follows from that, such as freeing its stock, the stream's consumers do.
 *
 * @throws NotFoundError; GoodsUnderWayError while it is shipped; LostRaceError when other writers kept winning.
 */
export async function deleteOrder(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  return withRetry(() => tryDelete(deps, address), {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof LostRaceError,
  });
}

async function tryDelete(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  const order = await readOrder(deps, address);
  if (order.status === 'shipped') throw new GoodsUnderWayError();
  const Key = marshall(orderKey(address.userId, address.orderId));
  const condition = {
    ConditionExpression: 'version = :readVersion',
    ExpressionAttributeValues: marshall({ ':readVersion': order.version }),
  };
  try {
    await commit(deps.dynamoDb, [{ Delete: { TableName: deps.tableName, Key, ...condition } }]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new LostRaceError('The order changed while it was deleted', { cause: error });
  }
  return OrderView.parse(order);
}
