import * as z from 'zod';
import { LOW_STOCK_MAX, productDetails } from '../entities/product.ts';
import { Instant, Sku, Version } from '../ids.ts';
import { Quantity } from '../money.ts';
import { BATCH_BODY_BYTES_MAX, BatchCounts, BatchOutcome, batchOf, checkDistinct } from './batch.ts';
import type { Operation } from './operation.ts';
import { ConsistencyQuery, nextPage, pageQuery, queryInteger } from './parameters.ts';
import { READS_ORDERS } from './scopes.ts';

/** `POST /products`. A new product has no stock: that comes by its receipts. */
export const CreateProductBody = z.strictObject({ sku: Sku, ...productDetails });
export type CreateProductBody = z.infer<typeof CreateProductBody>;

/** `POST /products/{sku}/receipts`: pieces that arrived in the warehouse. */
export const ReceiveStockBody = z.strictObject({ quantity: Quantity });
export type ReceiveStockBody = z.infer<typeof ReceiveStockBody>;

/** `GET /products`: those of which fewer pieces can be ordered than `stockBelow`, the fewest first. */
export const LowStockQuery = z.object({ stockBelow: queryInteger(1, LOW_STOCK_MAX), ...pageQuery });
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

/** `POST /batch/products`: no two of the products have the same sku. */
export const CreateProductsBody = z.strictObject({
  products: batchOf(CreateProductBody).superRefine((products, ctx) =>
    checkDistinct(
      products.map(({ sku }) => sku),
      ['products', 'sku'],
      ctx,
    ),
  ),
});
export type CreateProductsBody = z.infer<typeof CreateProductsBody>;

/** What became of each product, in the order of the request; `index` is the place in it. */
export const CreateProductsResponse = z.object({
  results: z.array(z.object({ index: z.int(), sku: Sku }).and(BatchOutcome)),
  counts: BatchCounts,
});
export type CreateProductsResponse = z.infer<typeof CreateProductsResponse>;

const productPath = z.object({ sku: Sku });

export const productOperations = [
  {
    id: 'createProduct',
    method: 'POST',
    path: '/products',
    summary: 'Adds a product to the catalogue',
    access: 'scoped',
    scopes: ['orders:write'],
    body: CreateProductBody,
    example: { sku: 'chair', name: 'Oak chair', category: 'Furniture', unitPrice: 12_500, currency: 'EUR' },
    idempotency: 'optional',
    success: { status: 201, description: 'The new product', body: ProductView, location: '/products/{sku}' },
    refusals: [409],
  },
  {
    id: 'receiveStock',
    method: 'POST',
    path: '/products/{sku}/receipts',
    summary: 'Adds received goods to the stock of a product',
    access: 'scoped',
    scopes: ['orders:write'],
    parameters: { path: productPath },
    body: ReceiveStockBody,
    example: { quantity: 10 },
    idempotency: 'optional',
    success: {
      status: 200,
      description: 'The product after this receipt',
      body: ProductView,
    },
    refusals: [404, 409],
  },
  {
    id: 'getProduct',
    method: 'GET',
    path: '/products/{sku}',
    summary: 'Reads a product and its stock',
    access: 'authenticated',
    parameters: { path: productPath, query: ConsistencyQuery },
    success: { status: 200, description: 'The product', body: ProductView, etag: true },
    refusals: [404],
  },
  {
    id: 'listLowStock',
    method: 'GET',
    path: '/products',
    summary: 'Lists the products whose stock is below a level, the lowest first',
    access: 'scoped',
    scopes: READS_ORDERS,
    parameters: { query: LowStockQuery },
    success: { status: 200, description: 'A page of products', body: ProductPage },
  },
  {
    id: 'createProducts',
    method: 'POST',
    path: '/batch/products',
    summary: 'Adds up to 1,000 products to the catalogue, each independently',
    access: 'scoped',
    scopes: ['orders:write'],
    body: CreateProductsBody,
    bodyBytesMax: BATCH_BODY_BYTES_MAX,
    success: { status: 200, description: 'The outcome for each product', body: CreateProductsResponse },
  },
] as const satisfies readonly Operation[];
