import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type ChangeOrderStatusBody, OrderView } from '../../contracts/api/orders.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { statusChange } from '../../contracts/entities/order.ts';
import { versionAfter } from '../../contracts/ids.ts';
import { type OrderStatus, STATUS_TRANSITIONS } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, updateItem } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import {
  IllegalTransitionError,
  NotFoundError,
  OrderMovedOnError,
  StockNotReservedError,
} from '../request-errors.ts';
import { checkUser } from '../users/check-user.ts';
import { checkReservation } from './check-reservation.ts';
import { type OrderAddress, type ReadOrderDeps, readOrder } from './read-order.ts';
import { type OrderRetention, ttlOfStatus } from './retention.ts';

/**
 * Checks that an order's status may become another.
 *
 * @throws IllegalTransitionError saying which ones it may become.
 */
export function checkTransition(from: OrderStatus, to: OrderStatus): void {
  const allowed = STATUS_TRANSITIONS[from];
  if (!allowed.includes(to)) throw new IllegalTransitionError(from, to, allowed);
}

export interface ChangeOrderStatusDeps extends ReadOrderDeps, OrderRetention {
  readonly clock: Clock;
}

/** What {@link changeOrderStatus} is asked to do. */
export interface ChangeOrderStatusCommand extends OrderAddress, ChangeOrderStatusBody {
  /** The only status that the change is meant for; without it, any that can become the new one. */
  readonly from?: OrderStatus;
  /** Whether the order's user asks, who must exist. */
  readonly byOwner: boolean;
}

/** The place of the order's update in the transaction; the checks of its user and its reservation come after it. */
const ORDER_ACTION = 0;
const USER_ACTION = 1;

/**
 * Changes the status of an order, on the condition that the order is still as it was read. An order that has the
 * status already is not changed, so that a request may come twice. To be confirmed, an order's stock must be reserved for
 * the version of it that was read.
 *
 * @throws NotFoundError, also where the order's user asks and is deleted or expired; OrderMovedOnError when it is not `from`; IllegalTransitionError; StockNotReservedError;
 * OptimisticLockError when every attempt had a conflict.
 */
export async function changeOrderStatus(
  deps: ChangeOrderStatusDeps,
  command: ChangeOrderStatusCommand,
): Promise<OrderView> {
  return retryOnConflict(() => tryChange(deps, command));
}

async function tryChange(deps: ChangeOrderStatusDeps, command: ChangeOrderStatusCommand): Promise<OrderView> {
  const { tableName } = deps;
  const { status, from, byOwner } = command;
  const read = await readOrder(deps, command);
  if (from !== undefined && read.status !== from) throw new OrderMovedOnError();
  if (read.status === status) return parse(OrderView, read);
  checkTransition(read.status, status);
  const now = deps.clock.now();
  const next: OrderItem = {
    ...read,
    ...statusChange(read, status),
    version: versionAfter(read.version),
    updatedAt: instantOf(now),
    ttl: ttlOfStatus(status, now, deps) ?? read.ttl,
  };
  const actions = [
    updateItem(tableName, read, next),
    ...(byOwner ? [checkUser(tableName, read.userId, now)] : []),
    ...(status === 'confirmed' ? [checkReserved(tableName, read)] : []),
  ];
  try {
    await commit(deps.dynamoDb, actions);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    if (byOwner && error.failedActions.has(USER_ACTION)) throw new NotFoundError('user');
    if (error.failedActions.has(ORDER_ACTION))
      throw new OptimisticLockError('The order changed while its status did', { cause: error });
    throw new StockNotReservedError();
  }
  return parse(OrderView, next);
}

/** An older version may be of an order that was removed since: what it holds is then released, and says nothing of this one. */
const checkReserved = (
  tableName: string,
  { orderId, version }: Pick<OrderItem, 'orderId' | 'version'>,
): TransactWriteItem =>
  checkReservation(tableName, orderId, '#state = :reserved AND orderVersion >= :version', {
    ':version': version,
  });
