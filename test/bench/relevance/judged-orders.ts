import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { SUPERSTORE_ORDERS, superstoreOrders } from '../superstore-records.ts';

const FIRST_VERSION = 1_772_366_500_000_000;
const PLACED_AT_MS = Date.parse('2018-01-02T12:00:00.000Z');
const ULID_RANDOM_DIGITS = 16;
const MS_A_MINUTE = 60_000;

const EuropeanOrder = z.strictObject({
  sourceId: z.string(),
  sku: z.string(),
  product: z.string(),
  person: z.string(),
  city: z.string(),
  state: z.string(),
  postalCode: z.string(),
  country: z.string(),
});

/**
 * What the judged queries are asked of: the superstore's orders, whose sheet has hardly any accent, and 36 invented ones in German, French,
 * Spanish and Portuguese.
 */
export const judgedOrders = async (): Promise<readonly OrderItem[]> => [
  ...(await superstoreOrders(SUPERSTORE_ORDERS, 0)),
  ...z
    .array(EuropeanOrder)
    .parse(JSON.parse(readFileSync(new URL('european-orders.json', import.meta.url), 'utf8')))
    .map(({ sourceId, sku, product, person, ...place }, index) => {
      const at = new Date(PLACED_AT_MS + index * MS_A_MINUTE).toISOString();
      return orderItem({
        orderId: `01KJMSY7G1${String(index).padStart(ULID_RANDOM_DIGITS, '0')}`,
        userId: sourceId,
        sourceId,
        lines: [orderLine({ sku, name: product, category: 'Office' })],
        shipTo: { name: person, ...place },
        createdAt: at,
        updatedAt: at,
        version: FIRST_VERSION + index,
      });
    }),
];
