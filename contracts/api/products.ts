import * as z from 'zod';
import { productDetails } from '../entities/product.ts';
import { Instant, Sku, Version } from '../ids.ts';
import { Quantity } from '../money.ts';
import {
  createdHeaders,
  idempotencyHeader,
  type Operation,
  replayedHeaders,
  versionHeaders,
} from './operation.ts';
import { ConsistencyQuery, nextPage, pageQuery, queryInteger } from './parameters.ts';

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

const productPath = z.object({ sku: Sku });

export const productOperations = [
  {
    id: 'createProduct',
    method: 'POST',
    path: '/products',
    summary: 'Adds a product to the catalogue',
    access: 'admin',
    parameters: { header: idempotencyHeader },
    body: CreateProductBody,
    example: { sku: 'chair', name: 'Oak chair', category: 'Furniture', unitPrice: 12_500, currency: 'EUR' },
    success: { status: 201, description: 'The new product', body: ProductView, headers: createdHeaders },
    refusals: [400, 409, 415, 422],
  },
  {
    id: 'receiveStock',
    method: 'POST',
    path: '/products/{sku}/receipts',
    summary: 'Adds received goods to the stock of a product',
    access: 'admin',
    parameters: { path: productPath, header: idempotencyHeader },
    body: ReceiveStockBody,
    example: { quantity: 10 },
    success: {
      status: 200,
      description: 'The product as this receipt left it',
      body: ProductView,
      headers: replayedHeaders,
    },
    refusals: [400, 404, 409, 415, 422],
  },
  {
    id: 'getProduct',
    method: 'GET',
    path: '/products/{sku}',
    summary: 'Reads a product and its stock',
    access: 'any-caller',
    parameters: { path: productPath, query: ConsistencyQuery },
    success: { status: 200, description: 'The product', body: ProductView, headers: versionHeaders },
    refusals: [400, 404],
  },
  {
    id: 'listLowStock',
    method: 'GET',
    path: '/products',
    summary: 'Lists the products whose stock is below a level, the lowest first',
    access: 'admin',
    parameters: { query: LowStockQuery },
    success: { status: 200, description: 'A page of products', body: ProductPage },
    refusals: [400],
  },
] as const satisfies readonly Operation[];
