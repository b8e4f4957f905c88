import * as z from 'zod';
import { Instant, Sku, Version } from '../ids.ts';
import { productDetails } from '../items/product.ts';
import { Quantity } from '../money.ts';

/** `POST /products`. A new product has no stock: that comes by its receipts. */
export const CreateProductBody = z.strictObject({ sku: Sku, ...productDetails });
export type CreateProductBody = z.infer<typeof CreateProductBody>;

/** `POST /products/{sku}/receipts`: pieces that arrived in the warehouse. */
export const ReceiveStockBody = z.strictObject({ quantity: Quantity });
export type ReceiveStockBody = z.infer<typeof ReceiveStockBody>;

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
