import * as z from 'zod';
import { Sku } from '../ids.ts';
import { Currency, MinorUnits } from '../money.ts';
import { read } from '../reading.ts';
import { line } from '../text.ts';
import { checkDerived, checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('Product', 'PRODUCT#{sku}', 'STOCK', { sku: Sku });
export const productKey = (sku: Sku): ItemKey => key.of({ sku });

/** How many partitions GSI2 spreads the products over: each takes 1,000 writes a second, and a write that the index refuses fails the write to the table. */
const STOCK_PARTITIONS = 4;
/** GSI2's partition keys. Its sort key is the stock, so that each lists its products from the lowest stock up. */
export const STOCK_PARTITION_KEYS: readonly string[] = Array.from(
  { length: STOCK_PARTITIONS },
  (_, index) => `STOCK#${index}`,
);
/** The partition of GSI2 that a product is in, always the same for one sku. */
export function stockPartition(sku: Sku): string {
  const hash = [...sku].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0);
  return `STOCK#${hash % STOCK_PARTITIONS}`;
}

/**
 * A product is in GSI2 while it has fewer pieces than this. One with more may be in it too, until its next order. So an order for
 * a product with plenty of stock writes nothing to the index.
 */
export const LOW_STOCK_MAX = 100;

/** GSI2's partition key of a product with so many pieces; `undefined`: it is not in the index. */
export const lowStockPartition = (sku: Sku, stock: number): string | undefined =>
  stock < LOW_STOCK_MAX ? stockPartition(sku) : undefined;

/** What the catalogue holds of a product. */
export const productDetails = {
  name: line(300),
  category: line(100),
  subCategory: line(100).optional(),
  unitPrice: MinorUnits,
  currency: Currency,
};

/** The most pieces of a product that may ever be received: a million receipts of the most that one may have. */
export const PIECES_MAX = 1_000_000_000_000;
const pieces = () => z.int().nonnegative().max(PIECES_MAX);

/** A product and its stock: `PRODUCT#sku` / `STOCK`, on GSI2 by its stock while that is low. At every moment `stock + reserved = received`. */
export const ProductItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Product'),
    sku: Sku,
    ...productDetails,
    /** Pieces that can still be ordered. */
    stock: pieces(),
    /** Pieces held by reservations that are RESERVED. */
    reserved: pieces(),
    /** Every piece ever received. */
    received: pieces(),
    GSI2PK: z.string().optional(),
  })
  .superRefine((product, ctx) => {
    checkKey(product, productKey(product.sku), ctx);
    // Absent with low stock, it must not stop the receipt that puts it there again.
    if (product.GSI2PK !== undefined)
      checkDerived('GSI2PK', product.GSI2PK, stockPartition(product.sku), ctx);
  });
export type ProductItem = z.infer<typeof ProductItem>;

/** What an order needs to know of a product. */
export const ProductStock = z.object({ stock: pieces(), reserved: pieces() });
export type ProductStock = z.infer<typeof ProductStock>;

const StockParts = z.object({ sku: Sku, stock: pieces(), GSI2PK: z.unknown() });

/** The key of the index of products with low stock. */
function derivedAttributes(item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const product = read(StockParts, item).data;
  if (product === undefined) return {};
  const { sku, stock, GSI2PK } = product;
  return { GSI2PK: GSI2PK === undefined ? lowStockPartition(sku, stock) : stockPartition(sku) };
}

export const productEntity = {
  key,
  item: ProductItem,
  derived: derivedAttributes,
  writtenBy: ['api', 'order-events'],
  readBy: ['search-index'],
} as const satisfies Entity;
