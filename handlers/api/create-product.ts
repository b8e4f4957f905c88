import { CreateProductBody } from '../../contracts/api/products.ts';
import { createProduct } from '../../pipelines/products/create-products.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIdempotencyKey } from '../http/read-request.ts';
import { created, replayHeader } from '../http/responses.ts';
import { type CreationDeps, creationDeps } from './dependencies.ts';

/** `POST /products`: 201, 400, 409, 415, 422. */
export const createProductHandler = (deps: CreationDeps): ApiHandler =>
  apiHandler(deps.logger, privilegedOnly, async (event) => {
    const idempotencyKey = readIdempotencyKey(event);
    const body = readBody(event, CreateProductBody);
    const answered = await createProduct(deps, { body, idempotencyKey });
    return created(`/products/${answered.answer.sku}`, answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => createProductHandler(creationDeps()));
