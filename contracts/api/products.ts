import { z } from 'zod';
import { Instant, Sku, Version } from '../ids.ts';
import { productDetails } from '../items/product.ts';
import { Quantity } from '../money.ts';

/** `POST /products/{sku}/receipts`. `product` is needed for a sku's first receipt, which also creates it, and refused after. */
export const ReceiveStockBody = z.strictObject({
  quantity: Quantity,
  product: z.strictObject(productDetails).optional(),
});
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
