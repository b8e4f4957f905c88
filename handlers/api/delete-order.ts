import { OrderId, UserId } from '../../contracts/ids.ts';
import { deleteOrder } from '../../pipelines/orders/delete-order.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `DELETE /users/{userId}/orders/{orderId}`: 200 with the order that was deleted, 400, 404, 409. */
export const deleteOrderHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const address = readPath(event, { userId: UserId, orderId: OrderId });
    return ok(await deleteOrder(deps, address));
  });

export const handler = functionHandler(() => deleteOrderHandler(tableDeps()));
