import { OrderView } from '../../contracts/api/orders.ts';
import { parse } from '../../contracts/reading.ts';
import { ConditionsFailedError, commit, deleteItem } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { OrderShippedError } from '../request-errors.ts';
import { type OrderAddress, type ReadOrderDeps, readOrder } from './read-order.ts';

/**
 * Deletes an order and returns its last state. The stream's consumers do the rest, such as releasing its stock.
 *
 * @throws NotFoundError; OrderShippedError while it is shipped; OptimisticLockError when every attempt had a conflict.
 */
export async function deleteOrder(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  return retryOnConflict(() => tryDelete(deps, address));
}

async function tryDelete(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  const order = await readOrder(deps, address);
  if (order.status === 'shipped') throw new OrderShippedError();
  try {
    await commit(deps.dynamoDb, [deleteItem(deps.tableName, order)]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new OptimisticLockError('The order changed while it was deleted', { cause: error });
  }
  return parse(OrderView, order);
}
