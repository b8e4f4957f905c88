import { ListOrdersByStatusQuery } from '../../contracts/api/orders.ts';
import { listOrdersByStatus } from '../../pipelines/orders/list-orders-by-status.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';
import { type ListDeps, listDeps } from './list-dependencies.ts';

/** `GET /orders`: 200, 400. Other people's orders are the shop's to see. */
export const listOrdersByStatusHandler = (deps: ListDeps): ApiHandler =>
  queryHandler(deps.logger, privilegedOnly, ListOrdersByStatusQuery, async (query, _event, caller) =>
    ok(await listOrdersByStatus(deps, { ...query, caller: caller.sub })),
  );

export const handler = functionHandler(() => listOrdersByStatusHandler(listDeps()));
