import { OrderView } from '../../contracts/api/orders.ts';
import { OrderId, UserId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { readOrder } from '../../pipelines/orders/read-order.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `GET /users/{userId}/orders/{orderId}`: 200, 400, 404. */
export const getOrderHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const address = readPath(event, { userId: UserId, orderId: OrderId });
    return ok(parse(OrderView, await readOrder(deps, address)));
  });

export const handler = functionHandler(() => getOrderHandler(tableDeps()));
