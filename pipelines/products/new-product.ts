import type { CreateProductBody } from '../../contracts/api/products.ts';
import type { Instant, Version } from '../../contracts/ids.ts';
import type { ProductItem } from '../../contracts/items/product.ts';
import { productKey, stockPartition } from '../../contracts/keys.ts';

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
    GSI2PK: stockPartition(body.sku),
  };
}
