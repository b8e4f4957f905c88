import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ProductView } from '../../contracts/api/products.ts';
import { ProductItem, productKey } from '../../contracts/entities/product.ts';
import type { Sku } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { NotFoundError } from '../request-errors.ts';

export interface ReadProductDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/**
 * Reads a product with its stock: eventually consistent, at half the price, unless `consistent` is set.
 *
 * @throws NotFoundError where there is none.
 */
export async function readProduct(
  { dynamoDb, tableName }: ReadProductDeps,
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
