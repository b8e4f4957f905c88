import type {
  ListLargestOrdersQuery,
  ListOrdersQuery,
  OrderPage,
  orderOperations,
} from '../../contracts/api/orders.ts';
import { OrderView } from '../../contracts/api/orders.ts';
import { READS_ORDERS } from '../../contracts/api/scopes.ts';
import { ORDER_SORT_KEY_PREFIX } from '../../contracts/entities/order.ts';
import { userPartition } from '../../contracts/entities/user.ts';
import type { UserId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { ContractViolationError } from '../errors.ts';
import { eventSchema } from '../order-events/notification/event-schema.ts';
import { type ChangeOrderStatusDeps, changeOrderStatus } from '../orders/change-order-status.ts';
import { type CreateOrderDeps, createOrder } from '../orders/create-order.ts';
import { deleteOrder } from '../orders/delete-order.ts';
import { type ListOrdersByStatusDeps, listOrdersByStatus } from '../orders/list-orders-by-status.ts';
import { type OrderListDeps, OrderPosition, orderPage, queryOrders } from '../orders/query-orders.ts';
import { readOrder } from '../orders/read-order.ts';
import { MalformedOrderError } from '../request-errors.ts';
import { type Caller, hasScope, requireScope } from './caller.ts';
import type { Implementations } from './implementation.ts';

export interface OrdersDeps extends CreateOrderDeps, ChangeOrderStatusDeps, ListOrdersByStatusDeps {
  readonly clock: CreateOrderDeps['clock'] & ChangeOrderStatusDeps['clock'];
}

/** The orders. Their owner may cancel one; every other change of status, and deletion, is the shop's. */
export const ordersApi = (deps: OrdersDeps): Implementations<(typeof orderOperations)[number]> => ({
  createOrder: ({ path, body, idempotencyKey, caller, byOwner }) =>
    createOrder(deps, { ...path, body, idempotencyKey, caller: caller.sub, byOwner }),
  listOrders: ({ path, query, caller }) => listOrders(deps, { ...query, ...path, caller: caller.sub }),
  listLargestOrders: ({ path, query, caller }) =>
    listLargestOrders(deps, { ...query, ...path, caller: caller.sub }),
  listOrdersByStatus: ({ query, caller }) => listOrdersByStatus(deps, { ...query, caller: caller.sub }),
  getOrder: ({ path, caller }) =>
    unlessMalformed(caller, async () => parse(OrderView, await readOrder(deps, path))),
  changeOrderStatus: ({ path, body, caller, byOwner }) =>
    unlessMalformed(caller, async () => {
      if (body.status !== 'cancelled') requireScope(caller, ['orders:write']);
      return changeOrderStatus(deps, { ...path, ...body, byOwner });
    }),
  deleteOrder: ({ path, caller }) => unlessMalformed(caller, () => deleteOrder(deps, path)),
  getEventSchema: ({ path }) => eventSchema(path.name),
});

/** Who reads any order learns which fields of the item are wrong. @throws MalformedOrderError */
async function unlessMalformed<Result>(caller: Caller, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ContractViolationError)) throw cause;
    throw new MalformedOrderError(hasScope(caller, READS_ORDERS) ? cause.issues : undefined, { cause });
  }
}

/** Whose orders are asked for, and who asks. */
interface UserOrdersAsked {
  readonly userId: UserId;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/**
 * Lists a user's orders, the newest first, perhaps of one status only. An unknown user has none.
 *
 * @throws InvalidPageTokenError
 */
function listOrders(
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
function listLargestOrders(
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
