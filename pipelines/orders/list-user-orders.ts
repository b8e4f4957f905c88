import type { ListLargestOrdersQuery, ListOrdersQuery, OrderPage } from '../../contracts/api/orders.ts';
import { ORDER_SORT_KEY_PREFIX } from '../../contracts/entities/order.ts';
import { userPartition } from '../../contracts/entities/user.ts';
import type { UserId } from '../../contracts/ids.ts';
import { type OrderListDeps, OrderPosition, orderPage, queryOrders } from './query-orders.ts';

/** Whose orders are asked for, and who asks. */
export interface UserOrdersAsked {
  readonly userId: UserId;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/**
 * Lists a user's orders, the newest first, perhaps of one status only. An unknown user has none.
 *
 * @throws InvalidPageTokenError
 */
export function listOrders(
  deps: OrderListDeps,
  { caller, limit, nextToken, ...query }: ListOrdersQuery & UserOrdersAsked,
): Promise<OrderPage> {
  const { userId, status, consistent } = query;
  const asked = { scope: { operation: 'listOrders', query, caller }, nextToken };
  return orderPage(deps, asked, OrderPosition, (startAfter) =>
    queryOrders(deps, {
      keyCondition: 'pk = :user AND begins_with(sk, :orders)',
      keyValues: { ':user': userPartition(userId), ':orders': ORDER_SORT_KEY_PREFIX },
      status,
      consistent,
      limit,
      startAfter,
    }),
  );
}

/**
 * Lists a user's orders, the largest first.
 *
 * @throws InvalidPageTokenError
 */
export function listLargestOrders(
  deps: OrderListDeps,
  { caller, userId, limit, nextToken }: ListLargestOrdersQuery & UserOrdersAsked,
): Promise<OrderPage> {
  const asked = { scope: { operation: 'listLargestOrders', query: { userId }, caller }, nextToken };
  return orderPage(deps, asked, OrderPosition, (startAfter) =>
    queryOrders(deps, {
      index: 'LSI1',
      keyCondition: 'pk = :user',
      keyValues: { ':user': userPartition(userId) },
      limit,
      startAfter,
    }),
  );
}
