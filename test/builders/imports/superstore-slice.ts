import { readSuperstore, type Superstore } from '../../../infra/demo/superstore.ts';

/** The superstore's first `count` orders with the customers and products that they name. */
export async function superstoreSlice(count: number): Promise<Superstore> {
  const whole = await readSuperstore();
  const orders = whole.orders.slice(0, count);
  const userIds = new Set(orders.map(({ userId }) => userId));
  const requested = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    requested.set(sku, (requested.get(sku) ?? 0) + quantity);
  return {
    orders,
    customers: whole.customers.filter(({ userId }) => userIds.has(userId)),
    products: whole.products.flatMap((product) => {
      const wanted = requested.get(product.sku);
      return wanted === undefined ? [] : [{ ...product, requested: wanted }];
    }),
  };
}
