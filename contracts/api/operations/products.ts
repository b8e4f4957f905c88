import * as z from 'zod';
import { Sku } from '../../ids.ts';
import { ConsistencyQuery } from '../consistency.ts';
import { CreateProductBody, LowStockQuery, ProductPage, ProductView, ReceiveStockBody } from '../products.ts';
import { createdHeaders, idempotencyHeader, replayedHeaders, versionHeaders } from './headers.ts';
import type { Operation } from './operation.ts';

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
