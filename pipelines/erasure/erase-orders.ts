import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { erasedShipTo, isErased, ORDER_SORT_KEY_PREFIX, OrderItem } from '../../contracts/entities/order.ts';
import { userPartition } from '../../contracts/entities/user.ts';
import { type UserId, versionAfter } from '../../contracts/ids.ts';
import { isFinal, OPEN_STATUSES, OrderStatus } from '../../contracts/order-status.ts';
import { read } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, updateItem } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';

/** The table and the time. */
export interface EraseOrdersDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** The orders of a user, by what an erasure does with them. */
export interface UserOrders {
  /** The keys of all of them, in the order of the table. */
  readonly keys: readonly ItemKey[];
  /** Those with an address. */
  readonly named: readonly OrderItem[];
  /** How many of these are not final, or may not be where they violate their contract: their goods could not be delivered any more. */
  readonly open: number;
  /** Whether any may count against the user's limit of open orders, without an address too. */
  readonly mayBeOpen: boolean;
  /** Those that violate their contract. A person must fix or delete them first. */
  readonly malformed: number;
}

const WRITES_AT_ONCE_MAX = 8;

/** Reads all orders of a user with strong consistency. @throws the SDK's own errors. */
export async function readUserOrders(
  { dynamoDb, tableName }: Pick<EraseOrdersDeps, 'dynamoDb' | 'tableName'>,
  userId: UserId,
  abortSignal: AbortSignal,
): Promise<UserOrders> {
  const keys: ItemKey[] = [];
  const named: OrderItem[] = [];
  let malformed = 0;
  let open = 0;
  let mayBeOpen = false;
  const query = {
    TableName: tableName,
    KeyConditionExpression: 'pk = :user AND begins_with(sk, :orders)',
    ExpressionAttributeValues: marshall({ ':user': userPartition(userId), ':orders': ORDER_SORT_KEY_PREFIX }),
    ConsistentRead: true,
  };
  for await (const image of queryItems(dynamoDb, query, abortSignal)) {
    keys.push({ pk: image['pk']?.S ?? '', sk: image['sk']?.S ?? '' });
    const item = unmarshal(image);
    const order = read(OrderItem, item).data;
    mayBeOpen ||= order === undefined || OPEN_STATUSES.has(order.status);
    if (order === undefined) malformed += 1;
    else if (isErased(order.shipTo)) continue;
    else named.push(order);
    const status = read(OrderStatus, item['status']).data;
    if (status === undefined || !isFinal(status)) open += 1;
  }
  return { keys, named, malformed, open, mayBeOpen };
}

/**
 * Replaces names and addresses of orders, each by a new version of the order. Status, lines and amounts stay, so that stock and stats do not
 * change and no event is published.
 *
 * @throws OptimisticLockError when other writers changed an order each time; the SDK's own errors.
 */
export async function eraseOrders(
  deps: EraseOrdersDeps,
  orders: readonly OrderItem[],
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit(WRITES_AT_ONCE_MAX);
  await Promise.all(orders.map((order) => limit(() => eraseOrder(deps, order, signal))));
}

async function eraseOrder(
  { dynamoDb, tableName, clock }: EraseOrdersDeps,
  { pk, sk }: ItemKey,
  signal: AbortSignal,
): Promise<void> {
  await retryOnConflict(async () => {
    signal.throwIfAborted();
    const order = await readItem(dynamoDb, { tableName, key: { pk, sk }, schema: OrderItem });
    if (order === undefined || isErased(order.shipTo)) return;
    const next = {
      ...order,
      shipTo: erasedShipTo(order.shipTo),
      updatedAt: instantOf(clock.now()),
      version: versionAfter(order.version),
    };
    try {
      await commit(dynamoDb, [updateItem(tableName, order, next)]);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      throw new OptimisticLockError('The order changed while it was erased', { cause: error });
    }
  });
}
