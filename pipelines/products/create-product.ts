import type { IdempotencyKey } from '../../contracts/api/idempotency-key.ts';
import { type CreateProductBody, ProductView } from '../../contracts/api/products.ts';
import { parse } from '../../contracts/reading.ts';
import { instantOf } from '../core/clock.ts';
import { putNew } from '../core/commit.ts';
import { AlreadyExistsError } from '../core/request-errors.ts';
import { type Answered, type WriteOnceDeps, writeOnce } from '../idempotency/write-once.ts';
import { newProduct } from './new-product.ts';

export interface CreateProductDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface CreateProductCommand {
  readonly body: CreateProductBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
}

/**
 * Creates a product, without any stock.
 *
 * @throws AlreadyExistsError where there is a product with this sku; IdempotencyKeyReusedError.
 */
export function createProduct(
  deps: CreateProductDeps,
  { body, idempotencyKey: key }: CreateProductCommand,
): Promise<Answered<ProductView>> {
  const product = newProduct(body, instantOf(deps.clock.now()), deps.clock.firstVersion());
  return writeOnce(deps, {
    request: key && { operation: 'create-product', resource: body.sku, key, body },
    answerSchema: ProductView,
    prepare: async () => ({
      writes: [putNew(deps.tableName, product)],
      answer: parse(ProductView, product),
      refusal: () => new AlreadyExistsError('product'),
    }),
  });
}
