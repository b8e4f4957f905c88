import * as z from 'zod';
import { AccountId, Day, OrderId, Sku, TransactionId, UserId } from './ids.ts';
import type { OrderStatus } from './items/order-status.ts';

/** The primary key of an item of the table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** What a primary key names, told apart by `entityType`. */
export type ParsedKey =
  | { readonly entityType: 'User'; readonly userId: UserId }
  | { readonly entityType: 'Order'; readonly userId: UserId; readonly orderId: OrderId }
  | { readonly entityType: 'Product'; readonly sku: Sku }
  | { readonly entityType: 'Reservation'; readonly orderId: OrderId }
  | { readonly entityType: 'Tally'; readonly orderId: OrderId }
  | { readonly entityType: 'DailyStats'; readonly day: Day }
  | { readonly entityType: 'Account'; readonly accountId: AccountId }
  | {
      readonly entityType: 'LedgerEntry';
      readonly accountId: AccountId;
      readonly transactionId: TransactionId;
    };

/** The sort-key prefix of a user's orders: `begins_with(sk, ORDER#)`, newest first when read backwards. */
export const ORDER_SORT_KEY_PREFIX = 'ORDER#';

const TOTAL_DIGITS = 16;

export const userKey = (userId: UserId): ItemKey => ({ pk: `USER#${userId}`, sk: `PROFILE#${userId}` });
/** The partition that holds a user and that user's orders. */
export const userPartition = (userId: UserId): string => `USER#${userId}`;
export const orderKey = (userId: UserId, orderId: OrderId): ItemKey => ({
  pk: userPartition(userId),
  sk: `${ORDER_SORT_KEY_PREFIX}${orderId}`,
});
export const productKey = (sku: Sku): ItemKey => ({ pk: `PRODUCT#${sku}`, sk: 'STOCK' });
export const reservationKey = (orderId: OrderId): ItemKey => ({ pk: `ORDER#${orderId}`, sk: 'RESERVATION' });
export const tallyKey = (orderId: OrderId): ItemKey => ({ pk: `ORDER#${orderId}`, sk: 'TALLY' });
export const dailyStatsKey = (day: Day): ItemKey => ({ pk: `STATS#${day}`, sk: 'ORDERS' });
export const accountKey = (accountId: AccountId): ItemKey => ({ pk: `ACCOUNT#${accountId}`, sk: 'BALANCE' });
export const ledgerEntryKey = (accountId: AccountId, transactionId: TransactionId): ItemKey => ({
  pk: `ACCOUNT#${accountId}`,
  sk: `TXN#${transactionId}`,
});

/** GSI1's partition key: all orders of one status. */
export const statusPartition = (status: OrderStatus): string => `STATUS#${status}`;
/** How many partitions GSI2 spreads the products over: each takes 1,000 writes a second, and a write that it refuses fails the table's own. */
const STOCK_PARTITIONS = 4;
/** GSI2's partition keys. Its sort key is the stock itself, so that each lists its products from the lowest up. */
export const STOCK_PARTITION_KEYS: readonly string[] = Array.from(
  { length: STOCK_PARTITIONS },
  (_, index) => `STOCK#${index}`,
);
/** The partition of GSI2 that a product is in, ever the same for one sku. */
export function stockPartition(sku: Sku): string {
  const hash = [...sku].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0);
  return `STOCK#${hash % STOCK_PARTITIONS}`;
}
/** LSI1's sort key: the order's total in minor units, zero-padded so that it sorts as a number. */
export const totalSortKey = (total: number): string => String(total).padStart(TOTAL_DIGITS, '0');

/** What one kind of key looks like, and which ids its two parts hold. */
interface KeyPattern {
  readonly pk: RegExp;
  readonly sk: RegExp;
  readonly ids: z.ZodType<ParsedKey>;
  readonly named: (pk: string, sk: string) => Readonly<Record<string, string>>;
}

const KEY_PATTERNS: readonly KeyPattern[] = [
  {
    pk: /^USER#(.+)$/s,
    sk: /^PROFILE#(.+)$/s,
    ids: z
      .object({ entityType: z.literal('User'), userId: UserId, again: z.string() })
      .refine(({ userId, again }) => userId === again)
      .transform(({ entityType, userId }) => ({ entityType, userId })),
    named: (userId, again) => ({ entityType: 'User', userId, again }),
  },
  {
    pk: /^USER#(.+)$/s,
    sk: /^ORDER#(.+)$/s,
    ids: z.object({ entityType: z.literal('Order'), userId: UserId, orderId: OrderId }),
    named: (userId, orderId) => ({ entityType: 'Order', userId, orderId }),
  },
  {
    pk: /^PRODUCT#(.+)$/s,
    sk: /^(STOCK)$/,
    ids: z.object({ entityType: z.literal('Product'), sku: Sku }),
    named: (sku) => ({ entityType: 'Product', sku }),
  },
  {
    pk: /^ORDER#(.+)$/s,
    sk: /^(RESERVATION)$/,
    ids: z.object({ entityType: z.literal('Reservation'), orderId: OrderId }),
    named: (orderId) => ({ entityType: 'Reservation', orderId }),
  },
  {
    pk: /^ORDER#(.+)$/s,
    sk: /^(TALLY)$/,
    ids: z.object({ entityType: z.literal('Tally'), orderId: OrderId }),
    named: (orderId) => ({ entityType: 'Tally', orderId }),
  },
  {
    pk: /^STATS#(.+)$/s,
    sk: /^(ORDERS)$/,
    ids: z.object({ entityType: z.literal('DailyStats'), day: Day }),
    named: (day) => ({ entityType: 'DailyStats', day }),
  },
  {
    pk: /^ACCOUNT#(.+)$/s,
    sk: /^(BALANCE)$/,
    ids: z.object({ entityType: z.literal('Account'), accountId: AccountId }),
    named: (accountId) => ({ entityType: 'Account', accountId }),
  },
  {
    pk: /^ACCOUNT#(.+)$/s,
    sk: /^TXN#(.+)$/s,
    ids: z.object({
      entityType: z.literal('LedgerEntry'),
      accountId: AccountId,
      transactionId: TransactionId,
    }),
    named: (accountId, transactionId) => ({ entityType: 'LedgerEntry', accountId, transactionId }),
  },
];

/** Reads what a primary key names, or `undefined` for a key of no shape that this table knows. */
export function parseKey(key: ItemKey): ParsedKey | undefined {
  for (const { pk, sk, ids, named } of KEY_PATTERNS) {
    const inPk = pk.exec(key.pk)?.[1];
    const inSk = sk.exec(key.sk)?.[1];
    if (inPk === undefined || inSk === undefined) continue;
    const parsed = ids.safeParse(named(inPk, inSk));
    return parsed.success ? parsed.data : undefined;
  }
  return undefined;
}
