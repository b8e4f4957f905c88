import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type ChangeOrderStatusBody, OrderView } from '../../contracts/api/orders.ts';
import { type OrderId, versionAfter } from '../../contracts/ids.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import type { ReservationState } from '../../contracts/items/reservation.ts';
import { orderKey, reservationKey, statusPartition } from '../../contracts/keys.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { StockNotReservedError } from '../core/request-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../core/retry.ts';
import { type OrderAddress, type ReadOrderDeps, readOrder } from './read-order.ts';
import { checkTransition } from './status-transition.ts';

export interface ChangeOrderStatusDeps extends ReadOrderDeps {
  readonly clock: Clock;
}

/** What {@link changeOrderStatus} is asked to do. */
export type ChangeOrderStatusCommand = OrderAddress & ChangeOrderStatusBody;

/** The place of the order's update in the transaction; the check of its reservation comes after it. */
const ORDER_ACTION = 0;

/**
 * Moves an order to another status, which counts only where the order still is as it was read. An order that has the
 * status already is left as it is, so that a request may come twice. To be confirmed, an order's stock must be reserved.
 *
 * @throws NotFoundError; IllegalTransitionError; StockNotReservedError; LostRaceError when other writers kept winning.
 */
export async function changeOrderStatus(
  deps: ChangeOrderStatusDeps,
  command: ChangeOrderStatusCommand,
): Promise<OrderView> {
  return withRetry(() => tryChange(deps, command), {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof LostRaceError,
  });
}

async function tryChange(deps: ChangeOrderStatusDeps, command: ChangeOrderStatusCommand): Promise<OrderView> {
  const { tableName } = deps;
  const { status } = command;
  const read = await readOrder(deps, command);
  if (read.status === status) return OrderView.parse(read);
  checkTransition(read.status, status);
  const left: OrderItem = {
    ...read,
    status,
    GSI1PK: statusPartition(status),
    version: versionAfter(read.version),
    updatedAt: instantOf(deps.clock.now()),
  };
  const update = updateStatus(tableName, read, left);
  try {
    await commit(
      deps.dynamoDb,
      status === 'confirmed' ? [update, checkReserved(tableName, read.orderId)] : [update],
    );
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    if (error.failedActions.has(ORDER_ACTION))
      throw new LostRaceError('The order changed while its status did', { cause: error });
    throw new StockNotReservedError();
  }
  return OrderView.parse(left);
}

function updateStatus(tableName: string, read: OrderItem, left: OrderItem): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(orderKey(read.userId, read.orderId)),
      UpdateExpression: 'SET #status = :status, GSI1PK = :partition, version = :version, updatedAt = :now',
      ConditionExpression: '#status = :readStatus AND version = :readVersion',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: marshall({
        ':status': left.status,
        ':partition': left.GSI1PK,
        ':version': left.version,
        ':now': left.updatedAt,
        ':readStatus': read.status,
        ':readVersion': read.version,
      }),
    },
  };
}

function checkReserved(tableName: string, orderId: OrderId): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: tableName,
      Key: marshall(reservationKey(orderId)),
      ConditionExpression: '#state = :reserved',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: marshall({ ':reserved': 'RESERVED' satisfies ReservationState }),
    },
  };
}
