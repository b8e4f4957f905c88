import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import {
  type CreateProductBody,
  type CreateProductsBody,
  type CreateProductsResponse,
  ProductView,
} from '../../contracts/api/products.ts';
import type { ProductItem } from '../../contracts/entities/product.ts';
import { lowStockPartition, productKey } from '../../contracts/entities/product.ts';
import type { Instant, Version } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { countOutcomes } from '../dynamodb/batches.ts';
import { putNew } from '../dynamodb/commit.ts';
import { type InsertItemsDeps, insertItems } from '../dynamodb/insert-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import { AlreadyExistsError } from '../request-errors.ts';

/** The item of a product that is created now, without any stock. */
export function newProduct(body: CreateProductBody, now: Instant, version: Version): ProductItem {
  return {
    ...body,
    ...productKey(body.sku),
    entityType: 'Product',
    stock: 0,
    reserved: 0,
    received: 0,
    createdAt: now,
    updatedAt: now,
    version,
    GSI2PK: lowStockPartition(body.sku, 0),
  };
}

export interface CreateProductDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface CreateProductCommand {
  readonly body: CreateProductBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/**
 * Creates a product, without any stock.
 *
 * @throws AlreadyExistsError where there is a product with this sku; IdempotencyKeyReusedError.
 */
export function createProduct(
  deps: CreateProductDeps,
  { body, idempotencyKey: key, caller }: CreateProductCommand,
): Promise<WriteOnceResult<ProductView>> {
  const product = newProduct(body, instantOf(deps.clock.now()), deps.clock.firstVersion());
  return writeOnce(deps, {
    request: key && { caller, operation: 'create-product', resource: body.sku, key, body },
    responseSchema: ProductView,
    prepare: async () => ({
      writes: [putNew(deps.tableName, product)],
      response: parse(ProductView, product),
      refusal: () => new AlreadyExistsError('product'),
    }),
  });
}

export interface CreateProductsDeps extends InsertItemsDeps {
  readonly clock: Clock;
}

/**
 * Creates products, each on its own and without any stock; one that exists stays as it is. Products that are not created when `signal` aborts are reported as failed.
 *
 * @throws the SDK's own error when a request can never succeed.
 */
export async function createProducts(
  deps: CreateProductsDeps,
  { products }: CreateProductsBody,
  signal: AbortSignal,
): Promise<CreateProductsResponse> {
  const now = instantOf(deps.clock.now());
  const items = products.map((body) => newProduct(body, now, deps.clock.firstVersion()));
  const inserted = await insertItems(deps, items, signal);
  return {
    results: inserted.map(({ item, outcome }, index) => ({ index, sku: item.sku, ...outcome })),
    counts: countOutcomes(inserted.map(({ outcome }) => outcome)),
  };
}
