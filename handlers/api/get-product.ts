import { ConsistencyQuery } from '../../contracts/api/parameters.ts';
import { Sku } from '../../contracts/ids.ts';
import { readProduct } from '../../pipelines/products/read-product.ts';
import { anyCaller } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok, versionHeader } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `GET /products/{sku}`: 200, 400, 404. */
export const getProductHandler = (deps: TableDeps): ApiHandler =>
  queryHandler(deps.logger, anyCaller, ConsistencyQuery, async ({ consistent }, event) => {
    const { sku } = readPath(event, { sku: Sku });
    const product = await readProduct(deps, { sku, consistent });
    return ok(product, versionHeader(product));
  });

export const handler = functionHandler(() => getProductHandler(tableDeps()));
