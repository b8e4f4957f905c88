import * as z from 'zod';
import { Instant, Sku, Version } from '../ids.ts';
import { productDetails } from '../items/product.ts';
import { Quantity } from '../money.ts';
import { nextPage, pageQuery, queryInteger } from './paging.ts';

/** `POST /products`. A new product has no stock: that comes by its receipts. */
export const CreateProductBody = z.strictObject({ sku: Sku, ...productDetails });
export type CreateProductBody = z.infer<typeof CreateProductBody>;

/** `POST /products/{sku}/receipts`: pieces that arrived in the warehouse. */
export const ReceiveStockBody = z.strictObject({ quantity: Quantity });
export type ReceiveStockBody = z.infer<typeof ReceiveStockBody>;

/** `GET /products`: those of which fewer pieces can be ordered than `stockBelow`, the fewest first. */
export const LowStockQuery = z.object({ stockBelow: queryInteger(1, 1_000_000_000), ...pageQuery });
export type LowStockQuery = z.infer<typeof LowStockQuery>;

/** A product as the API shows it. */
export const ProductView = z.object({
  sku: Sku,
  ...productDetails,
  stock: z.int(),
  reserved: z.int(),
  received: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type ProductView = z.infer<typeof ProductView>;

/** A page of products. */
export const ProductPage = z.object({ products: z.array(ProductView), ...nextPage });
export type ProductPage = z.infer<typeof ProductPage>;
