import type { ApiRequest } from '../../builders/api-event.ts';

const order = { userId: 'u-1', orderId: '01KJMSY7G00000000000000001' };

/**
 * A request for each route to which table-stub.ts can respond with a success. A route that is not here has its start measured and
 * no first call.
 */
export const FIRST_REQUESTS: Readonly<Record<string, ApiRequest>> = {
  'POST /users': { body: { userId: 'u-1', name: 'Ada Example', email: 'ada@example.com' } },
  'GET /users/{userId}': { path: { userId: 'u-1' } },
  'PATCH /users/{userId}': { path: { userId: 'u-1' }, body: { name: 'Ada Other' } },
  'DELETE /users/{userId}': { path: { userId: 'u-1' } },
  'POST /products': {
    body: { sku: 'SKU-1', name: 'Oak chair', category: 'Furniture', unitPrice: 1_250, currency: 'EUR' },
  },
  'GET /products': { query: { stockBelow: '10' } },
  'GET /products/{sku}': { path: { sku: 'SKU-1' } },
  'POST /products/{sku}/receipts': { path: { sku: 'SKU-1' }, body: { quantity: 10 } },
  'GET /users/{userId}/orders': { path: { userId: 'u-1' } },
  'POST /users/{userId}/orders': {
    path: { userId: 'u-1' },
    body: {
      lines: [{ sku: 'SKU-1', quantity: 2 }],
      shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    },
  },
  'GET /users/{userId}/orders/{orderId}': { path: order },
  'PATCH /users/{userId}/orders/{orderId}': { path: order, body: { status: 'cancelled' } },
  'DELETE /users/{userId}/orders/{orderId}': { path: order },
  'POST /users/{userId}/accounts': {
    path: { userId: 'u-1' },
    body: { accountId: 'a-1', currency: 'EUR' },
  },
  'GET /search/products': { query: { q: 'chair' } },
  'GET /ops/verify': { caller: { sub: 'operator', scope: 'ops:read' } },
};
