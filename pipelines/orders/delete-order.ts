import { OrderView } from '../../contracts/api/orders.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { ConditionsFailedError, commit, deleteItem } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { OrderConfirmedError } from '../request-errors.ts';
import { type OrderAddress, type ReadOrderDeps, readOrder } from './read-order.ts';

/** The statuses in which nothing of an order was sold. */
const DELETABLE_STATUSES: ReadonlySet<OrderStatus> = new Set(['placed', 'cancelled', 'rejected']);

/**
 * Deletes an order and returns its last state. The stream's consumers do the rest, such as releasing its stock.
 *
 * @throws NotFoundError; OrderConfirmedError once it is confirmed, unless it was cancelled; OptimisticLockError when every attempt had a conflict.
 */
export async function deleteOrder(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  return retryOnConflict(() => tryDelete(deps, address));
}

async function tryDelete(deps: ReadOrderDeps, address: OrderAddress): Promise<OrderView> {
  const order = await readOrder(deps, address);
  if (!DELETABLE_STATUSES.has(order.status)) throw new OrderConfirmedError();
  try {
    await commit(deps.dynamoDb, [deleteItem(deps.tableName, order)]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new OptimisticLockError('The order changed while it was deleted', { cause: error });
  }
  return parse(OrderView, order);
}
