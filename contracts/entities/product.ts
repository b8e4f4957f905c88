import * as z from 'zod';
import { Sku } from '../ids.ts';
import { Currency, MinorUnits } from '../money.ts';
import { line } from '../text.ts';
import { checkDerived, checkKey, itemAttributes } from './item.ts';
import { productKey, stockPartition } from './keys.ts';

/** What the catalogue says of a product. */
export const productDetails = {
  name: line(300),
  category: line(100),
  subCategory: line(100).optional(),
  unitPrice: MinorUnits,
  currency: Currency,
};

/** The most pieces of a product that may ever be received: a million receipts of the most that one may have. */
export const PIECES_MAX = 1_000_000_000_000;
const pieces = z.int().nonnegative().max(PIECES_MAX);

/** A product and its stock: `PRODUCT#sku` / `STOCK`, on GSI2 by its stock. At every moment `stock + reserved = received`. */
export const ProductItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Product'),
    sku: Sku,
    ...productDetails,
    /** Pieces that can still be ordered. */
    stock: pieces,
    /** Pieces held by reservations that are RESERVED. */
    reserved: pieces,
    /** Every piece ever received. */
    received: pieces,
    GSI2PK: z.string(),
  })
  .superRefine((product, ctx) => {
    checkKey(product, productKey(product.sku), ctx);
    checkDerived('GSI2PK', product.GSI2PK, stockPartition(product.sku), ctx);
  });
export type ProductItem = z.infer<typeof ProductItem>;
