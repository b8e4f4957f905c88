import { ChangeOrderStatusBody } from '../../contracts/api/orders.ts';
import { OrderId, UserId } from '../../contracts/ids.ts';
import { changeOrderStatus } from '../../pipelines/orders/change-order-status.ts';
import { ok } from '../http/answers.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { lazyHandler } from '../http/lazy-handler.ts';
import { readBody, readPath } from '../http/read-request.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `PATCH /users/{userId}/orders/{orderId}`: 200, 400, 404, 409, 415. */
export const changeOrderStatusHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, async (event) => {
    const address = readPath(event, { userId: UserId, orderId: OrderId });
    const body = readBody(event, ChangeOrderStatusBody);
    return ok(await changeOrderStatus(deps, { ...address, ...body }));
  });

export const handler = lazyHandler(() => changeOrderStatusHandler(tableDeps()));
