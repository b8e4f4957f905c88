import * as z from 'zod';
import { Sku } from '../ids.ts';
import { productKey, stockPartition } from '../keys.ts';
import { Currency, MinorUnits } from '../money.ts';
import { line } from '../text.ts';
import { checkDerived, checkKey, itemAttributes } from './item.ts';

/** What the catalogue says of a product. */
export const productDetails = {
  name: line(300),
  category: line(100),
  subCategory: line(100).optional(),
  unitPrice: MinorUnits,
  currency: Currency,
};

/** A product and its stock: `PRODUCT#sku` / `STOCK`, on GSI2 by its stock. At every moment `stock + reserved = received`. */
export const ProductItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Product'),
    sku: Sku,
    ...productDetails,
    /** Pieces that can still be ordered. */
    stock: z.int().nonnegative(),
    /** Pieces held by reservations that are RESERVED. */
    reserved: z.int().nonnegative(),
    /** Every piece ever received. */
    received: z.int().nonnegative(),
    GSI2PK: z.string(),
  })
  .superRefine((product, ctx) => {
    checkKey(product, productKey(product.sku), ctx);
    checkDerived('GSI2PK', product.GSI2PK, stockPartition(product.sku), ctx);
  });
export type ProductItem = z.infer<typeof ProductItem>;
