import { CreateProductsBody } from '../../contracts/api/batch.ts';
import { createProducts } from '../../pipelines/products/create-products.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { BATCH_BODY_BYTES_MAX, batchGuard } from './batch-limits.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `POST /batch/products`: 200, 400, 415. */
export const createProductsHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, privilegedOnly, async (event) => {
    const body = readBody(event, CreateProductsBody, BATCH_BODY_BYTES_MAX);
    using guard = batchGuard();
    return ok(await createProducts(deps, body, guard.signal));
  });

export const handler = functionHandler(() => createProductsHandler(tableDeps()));
