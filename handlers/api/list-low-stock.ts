import { LowStockQuery } from '../../contracts/api/products.ts';
import { listLowStock } from '../../pipelines/products/list-low-stock.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';
import { type ListDeps, listDeps } from './list-dependencies.ts';

/** `GET /products?stockBelow=`: 200, 400. */
export const listLowStockHandler = (deps: ListDeps): ApiHandler =>
  queryHandler(deps.logger, privilegedOnly, LowStockQuery, async (query, _event, { sub: caller }) => {
    return ok(await listLowStock(deps, { query, caller }));
  });

export const handler = functionHandler(() => listLowStockHandler(listDeps()));
