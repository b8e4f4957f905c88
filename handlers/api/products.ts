import { productOperations } from '../../contracts/api/products.ts';
import { systemClock } from '../../pipelines/clock.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { createProduct, createProducts } from '../../pipelines/products/create-products.ts';
import { listLowStock } from '../../pipelines/products/list-low-stock.ts';
import { readProduct } from '../../pipelines/products/read-product.ts';
import { receiveStock } from '../../pipelines/products/receive-stock.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type WriteDeps, withinBatchTime, writeDeps } from './dependencies.ts';

interface ProductsDeps extends WriteDeps {
  readonly pageTokens: PageTokens;
}

/** The catalogue and its stock; products also in batches. */
export const productsHandler = (deps: ProductsDeps): ApiHandler =>
  resource(deps, productOperations, {
    createProduct: (request) => createProduct(deps, request),
    receiveStock: ({ path, body, idempotencyKey }) => receiveStock(deps, { ...path, body, idempotencyKey }),
    getProduct: ({ path, query }) => readProduct(deps, { ...path, ...query }),
    listLowStock: ({ query, caller }) => listLowStock(deps, { query, caller: caller.sub }),
    createProducts: ({ body }) => withinBatchTime((signal) => createProducts(deps, body, signal)),
  });

export const handler = functionHandler(() =>
  productsHandler({ ...writeDeps(), pageTokens: pageTokens(systemClock) }),
);
