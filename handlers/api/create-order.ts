import { CreateOrderBody } from '../../contracts/api/orders.ts';
import { UserId } from '../../contracts/ids.ts';
import { createOrder } from '../../pipelines/orders/create-order.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIdempotencyKey, readPath } from '../http/read-request.ts';
import { created, replayHeader } from '../http/responses.ts';
import { type CreationDeps, creationDeps } from './dependencies.ts';

/** `POST /users/{userId}/orders`: 201, 400, 404, 415, 422. */
export const createOrderHandler = (deps: CreationDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const { userId } = readPath(event, { userId: UserId });
    const idempotencyKey = readIdempotencyKey(event);
    const body = readBody(event, CreateOrderBody);
    const answered = await createOrder(deps, { userId, body, idempotencyKey });
    const location = `/users/${userId}/orders/${answered.answer.orderId}`;
    return created(location, answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => createOrderHandler(creationDeps()));
