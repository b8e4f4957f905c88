import { ReceiveStockBody } from '../../contracts/api/products.ts';
import { Sku } from '../../contracts/ids.ts';
import { receiveStock } from '../../pipelines/products/receive-stock.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIdempotencyKey, readPath } from '../http/read-request.ts';
import { ok, replayHeader } from '../http/responses.ts';
import { type CreationDeps, creationDeps } from './dependencies.ts';

/** `POST /products/{sku}/receipts`: 200, 400, 404, 409, 415, 422. */
export const receiveStockHandler = (deps: CreationDeps): ApiHandler =>
  apiHandler(deps.logger, privilegedOnly, async (event) => {
    const { sku } = readPath(event, { sku: Sku });
    const idempotencyKey = readIdempotencyKey(event);
    const body = readBody(event, ReceiveStockBody);
    const answered = await receiveStock(deps, { sku, body, idempotencyKey });
    return ok(answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => receiveStockHandler(creationDeps()));
