import { ProductView, type productOperations } from '../../contracts/api/products.ts';
import { ProductItem, productKey } from '../../contracts/entities/product.ts';
import type { Sku } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { readItem } from '../dynamodb/read-items.ts';
import {
  type CreateProductDeps,
  type CreateProductsDeps,
  createProduct,
  createProducts,
} from '../products/create-products.ts';
import { type ListLowStockDeps, listLowStock } from '../products/list-low-stock.ts';
import { type ReceiveStockDeps, receiveStock } from '../products/receive-stock.ts';
import { NotFoundError } from '../request-errors.ts';
import { type Implementations, withinBatchTime } from './implementation.ts';

export type ProductsDeps = CreateProductDeps & CreateProductsDeps & ReceiveStockDeps & ListLowStockDeps;

/** The catalogue and its stock; products also in batches. */
export const productsApi = (deps: ProductsDeps): Implementations<(typeof productOperations)[number]> => ({
  createProduct: ({ body, idempotencyKey, caller }) =>
    createProduct(deps, { body, idempotencyKey, caller: caller.sub }),
  receiveStock: ({ path, body, idempotencyKey, caller }) =>
    receiveStock(deps, { ...path, body, idempotencyKey, caller: caller.sub }),
  getProduct: ({ path, query }) => readProduct(deps, { ...path, ...query }),
  listLowStock: ({ query, caller }) => listLowStock(deps, { query, caller: caller.sub }),
  createProducts: ({ body }) => withinBatchTime((signal) => createProducts(deps, body, signal)),
});

/**
 * Reads a product with its stock: eventually consistent, at half the price, unless `consistent` is set.
 *
 * @throws NotFoundError where there is none.
 */
async function readProduct(
  { dynamoDb, tableName }: Pick<ProductsDeps, 'dynamoDb' | 'tableName'>,
  { sku, consistent }: { readonly sku: Sku; readonly consistent: boolean },
): Promise<ProductView> {
  const product = await readItem(dynamoDb, {
    tableName,
    key: productKey(sku),
    schema: ProductItem,
    consistent,
  });
  if (product === undefined) throw new NotFoundError('product');
  return parse(ProductView, product);
}
