import { OrderId, UserId } from '../../contracts/ids.ts';
import { orderStory } from '../../pipelines/orders/order-timeline.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type SearchedTableDeps, searchedTableDeps } from './search-dependencies.ts';

/** `GET /ops/orders/{userId}/{orderId}/story`: 200, 400, 404. */
export const getOrderStoryHandler = (deps: SearchedTableDeps): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async (event) =>
    ok(await orderStory(deps, readPath(event, { userId: UserId, orderId: OrderId }))),
  );

export const handler = functionHandler(() => getOrderStoryHandler(searchedTableDeps()));
