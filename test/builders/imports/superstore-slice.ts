import { readSuperstore, type Superstore } from '../../../infra/demo/superstore.ts';

/** The superstore's first `count` orders with the customers and products that they name. */
export async function superstoreSlice(count: number): Promise<Superstore> {
  const superstore = await readSuperstore();
  const orders = superstore.orders.slice(0, count);
  const userIds = new Set(orders.map(({ userId }) => userId));
  const requested = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    requested.set(sku, (requested.get(sku) ?? 0) + quantity);
  return {
    orders,
    customers: superstore.customers.filter(({ userId }) => userIds.has(userId)),
    products: superstore.products.flatMap((product) => {
      const needed = requested.get(product.sku);
      return needed === undefined ? [] : [{ ...product, quantityOrdered: needed }];
    }),
  };
}
