import { type OrderItem, statusKey } from '../../../contracts/entities/order.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { Dice } from '../../simulation/random.ts';
import { SUPERSTORE_ORDERS, superstoreOrders } from '../superstore-records.ts';

/** Which products the orders are of: as popular as in the superstore, 100,000 evenly liked ones, or a single one. */
export const DISTRIBUTIONS = ['superstore', '100,000 products', 'one product'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

const PRODUCTS = 100_000;
const SEED = 7;
const ULID_RANDOM_DIGITS = 16;

/** Every sku that the orders of a distribution can have. */
export async function skusOf(distribution: Distribution): Promise<readonly string[]> {
  if (distribution === 'one product') return [skuOf(0)];
  if (distribution === '100,000 products') return Array.from({ length: PRODUCTS }, (_, n) => skuOf(n));
  const orders = await superstoreOrders(SUPERSTORE_ORDERS, 0);
  return [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
}

/** Orders that are placed now, with the lines of the superstore's in a random order, and the distribution's skus. */
export async function ordersToday(distribution: Distribution, count: number): Promise<readonly OrderItem[]> {
  const dice = new Dice(SEED);
  const known = await superstoreOrders(SUPERSTORE_ORDERS, 0);
  const now = new Date().toISOString();
  return Array.from({ length: count }, (_, n) => {
    const { lines, userId } = known[dice.between(0, known.length - 1)] ?? { lines: [], userId: 'u-1' };
    return orderItem({
      orderId: `01KJMSY7G0${String(n).padStart(ULID_RANDOM_DIGITS, '0')}`,
      userId,
      lines:
        distribution === 'superstore'
          ? lines
          : lines.map((line) => orderLine({ ...line, sku: anySku(distribution, dice) })),
      createdAt: now,
      updatedAt: now,
    });
  });
}

/** An order enters and leaves the key of its status. */
const UNITS_OF_STATUS_KEY = 2;

/** The most write units that one key of GSI1 takes, of so many new orders, each of which goes on to another status. */
export async function unitsOfHottestStatusKey(count: number, partitions: number): Promise<number> {
  const orders = await ordersToday('superstore', count);
  const counts = new Map<string, number>();
  for (const order of orders) {
    const { GSI1PK } = statusKey(order, partitions);
    counts.set(GSI1PK, (counts.get(GSI1PK) ?? 0) + UNITS_OF_STATUS_KEY);
  }
  return Math.max(...counts.values());
}

const anySku = (distribution: Distribution, dice: Dice): string =>
  skuOf(distribution === 'one product' ? 0 : dice.between(0, PRODUCTS - 1));

const skuOf = (n: number): string => `SKU-${n}`;
