import { ListLargestOrdersQuery } from '../../contracts/api/orders.ts';
import { UserId } from '../../contracts/ids.ts';
import { listLargestOrders } from '../../pipelines/orders/list-user-orders.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type ListDeps, listDeps } from './list-dependencies.ts';

/** `GET /users/{userId}/largest-orders`: 200, 400. */
export const listLargestOrdersHandler = (deps: ListDeps): ApiHandler =>
  queryHandler(deps.logger, ownPath, ListLargestOrdersQuery, async (query, event, { sub: caller }) => {
    const { userId } = readPath(event, { userId: UserId });
    return ok(await listLargestOrders(deps, { ...query, userId, caller }));
  });

export const handler = functionHandler(() => listLargestOrdersHandler(listDeps()));
