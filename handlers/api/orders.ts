import { ulid } from 'ulid';
import { OrderView, orderOperations } from '../../contracts/api/orders.ts';
import { READS_ORDERS } from '../../contracts/api/scopes.ts';
import { OrderId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { ContractViolationError } from '../../pipelines/errors.ts';
import { eventSchema } from '../../pipelines/order-events/notification/event-schema.ts';
import { changeOrderStatus } from '../../pipelines/orders/change-order-status.ts';
import {
  type CreateOrderDeps,
  createOrder,
  createOrderSettings,
} from '../../pipelines/orders/create-order.ts';
import { deleteOrder } from '../../pipelines/orders/delete-order.ts';
import { listOrdersByStatus } from '../../pipelines/orders/list-orders-by-status.ts';
import { listLargestOrders, listOrders } from '../../pipelines/orders/list-user-orders.ts';
import { readOrder } from '../../pipelines/orders/read-order.ts';
import { type OrderRetention, orderRetention } from '../../pipelines/orders/retention.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { MalformedOrderError } from '../../pipelines/request-errors.ts';
import { settings } from '../environment.ts';
import { type Caller, hasScope, requireScope } from '../http/access.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type OwnerWriteDeps, ownerWriteDeps } from './dependencies.ts';

interface OrdersDeps extends OwnerWriteDeps, OrderRetention, CreateOrderDeps {
  readonly pageTokens: PageTokens;
}

/** The orders. Their owner may cancel one; every other change of status, and deletion, is the shop's. */
export const ordersHandler = (deps: OrdersDeps): ApiHandler =>
  resource(deps, orderOperations, {
    createOrder: ({ path, body, idempotencyKey, byOwner }) =>
      createOrder(deps, { ...path, body, idempotencyKey, byOwner }),
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

export const handler = functionHandler(() =>
  ordersHandler({
    ...ownerWriteDeps(),
    ...settings({ ...createOrderSettings, ...orderRetention }),
    pageTokens: pageTokens(systemClock),
    newOrderId: (placedAt) => parse(OrderId, ulid(placedAt.getTime())),
  }),
);
