import type { IdempotencyKey } from '../../contracts/api/idempotency-key.ts';
import { type CreateProductBody, ProductView } from '../../contracts/api/products.ts';
import type { ProductItem } from '../../contracts/items/product.ts';
import { productKey } from '../../contracts/keys.ts';
import { instantOf } from '../core/clock.ts';
import { putNew } from '../core/commit.ts';
import { AlreadyExistsError } from '../core/request-errors.ts';
import { type Answered, type WriteOnceDeps, writeOnce } from '../idempotency/write-once.ts';

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
  const now = instantOf(deps.clock.now());
  const product: ProductItem = {
    ...body,
    ...productKey(body.sku),
    entityType: 'Product',
    stock: 0,
    reserved: 0,
    received: 0,
    createdAt: now,
    updatedAt: now,
    version: deps.clock.firstVersion(),
  };
  return writeOnce(deps, {
    request: key && { operation: 'create-product', resource: '', key, body },
    answerSchema: ProductView,
    prepare: async () => ({
      write: putNew(deps.tableName, product),
      answer: ProductView.parse(product),
      refusal: () => new AlreadyExistsError('product'),
    }),
  });
}
