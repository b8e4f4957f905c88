import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { orderKey } from '../../contracts/entities/order.ts';
import { OrderId, type UserId } from '../../contracts/ids.ts';
import { CountedIds, openOrdersKey } from '../../contracts/limits.ts';
import { OPEN_STATUSES, OrderStatus } from '../../contracts/order-status.ts';
import { read } from '../../contracts/reading.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { MS_PER_DAY, MS_PER_SECOND } from '../../contracts/units.ts';
import { ACTIONS_MAX, ConditionsFailedError, commit } from '../dynamodb/commit.ts';
import { retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { batchGet, readItem } from '../dynamodb/read-items.ts';
import { ConflictError } from '../request-errors.ts';
import { countId } from './counted-ids.ts';

/** The user has as many open orders as a user may have. */
export class TooManyOpenOrdersError extends ConflictError {
  readonly code = 'too-many-open-orders';
  readonly remedy = 'Cancel an open order, or wait until one is shipped.';

  constructor(max: number) {
    super(`A user has at most ${max} open orders.`);
  }
}

export const openOrdersSettings = {
  /** The most open orders of a user, up to {@link BATCH_GET_KEYS_MAX}; 0 for any number. */
  openOrdersMax: () => wholeNumber(0),
};

export interface OpenOrdersDeps extends SettingsOf<typeof openOrdersSettings> {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly idempotencyTableName: string;
}

/** Longer than an order is open, in general: the list of a user who no longer orders is deleted. */
const LIST_LIFE_MS = 400 * MS_PER_DAY;

/** The write that counts a new order of a user, in the order's own transaction: it fails where the user's list has no room. */
export const countOpenOrder = (
  { idempotencyTableName, openOrdersMax }: OpenOrdersDeps,
  { userId, orderId }: { readonly userId: UserId; readonly orderId: OrderId },
  now: Date,
): TransactWriteItem =>
  countId({
    tableName: idempotencyTableName,
    key: openOrdersKey(userId),
    counted: orderId,
    max: openOrdersMax,
    expiresAt: Math.floor((now.getTime() + LIST_LIFE_MS) / MS_PER_SECOND),
  });

const OrderState = z.object({ orderId: OrderId, status: OrderStatus });

/**
 * Removes the orders from a user's full list that are no longer open. Orders are read one by one, so an order that is not there may be
 * one whose transaction is in progress: in the write's own transaction it must still not be there. A malformed order counts as open.
 *
 * @returns whether an order may fit now: there is room, or another request has changed the list meanwhile.
 * @throws OptimisticLockError when every attempt had a conflict.
 */
export const makeRoom = (deps: OpenOrdersDeps, userId: UserId): Promise<boolean> =>
  retryOnConflict(() => tryMakeRoom(deps, userId));

async function tryMakeRoom(deps: OpenOrdersDeps, userId: UserId): Promise<boolean> {
  const { dynamoDb, tableName, idempotencyTableName, openOrdersMax } = deps;
  const key = openOrdersKey(userId);
  const list = await readItem(dynamoDb, { tableName: idempotencyTableName, key, schema: CountedIds });
  if (list === undefined || list.ids.length < openOrdersMax) return true;
  const orderIds = list.ids.flatMap((id) => read(OrderId, id).data ?? []);
  const keys = orderIds.map((orderId) => orderKey(userId, orderId));
  const items = await batchGet(dynamoDb, tableName, keys);
  const found = new Set(items.map(({ sk }) => sk));
  const absent = keys.filter(({ sk }) => !found.has(sk)).slice(0, ACTIONS_MAX - 1);
  const closed = items.filter((item) => {
    const order = read(OrderState, item).data;
    return order !== undefined && !OPEN_STATUSES.has(order.status);
  });
  const removed = new Set([...absent, ...closed].map(({ sk }) => sk));
  const kept = orderIds.filter((orderId) => !removed.has(orderKey(userId, orderId).sk));
  if (kept.length === list.ids.length) return false;
  try {
    await commit(dynamoDb, [
      replaceIds(idempotencyTableName, list, kept),
      ...absent.map((order) => checkAbsent(tableName, order)),
    ]);
  } catch (error) {
    // Not decided again here: of many requests at once one makes room, and each of the others finds out by its order.
    if (error instanceof ConditionsFailedError) return true;
    throw error;
  }
  return kept.length < openOrdersMax;
}

const replaceIds = (
  tableName: string,
  { id, ids }: CountedIds,
  kept: readonly string[],
): TransactWriteItem => ({
  Update: {
    TableName: tableName,
    Key: marshall({ id }),
    UpdateExpression: 'SET ids = :kept',
    ConditionExpression: 'ids = :read',
    ExpressionAttributeValues: marshall({ ':kept': kept, ':read': ids }),
  },
});

const checkAbsent = (tableName: string, { pk, sk }: ReturnType<typeof orderKey>): TransactWriteItem => ({
  ConditionCheck: {
    TableName: tableName,
    Key: marshall({ pk, sk }),
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});
