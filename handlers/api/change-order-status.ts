import { ChangeOrderStatusBody } from '../../contracts/api/orders.ts';
import { OrderId, UserId } from '../../contracts/ids.ts';
import { changeOrderStatus } from '../../pipelines/orders/change-order-status.ts';
import { ownPath, privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type OrderChangeDeps, orderChangeDeps } from './dependencies.ts';

/** `PATCH /users/{userId}/orders/{orderId}`: 200, 400, 404, 409, 415. A user may cancel; what else becomes of an order is the shop's to say. */
export const changeOrderStatusHandler = (deps: OrderChangeDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event, caller) => {
    const address = readPath(event, { userId: UserId, orderId: OrderId });
    const body = readBody(event, ChangeOrderStatusBody);
    if (body.status !== 'cancelled') privilegedOnly(caller, event);
    return ok(await changeOrderStatus(deps, { ...address, ...body }));
  });

export const handler = functionHandler(() => changeOrderStatusHandler(orderChangeDeps()));
