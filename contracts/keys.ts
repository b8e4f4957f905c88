import { z } from 'zod';
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
/** LSI1's sort key: the order's total in minor units, zero-padded so that it sorts as a number. */
export const totalSortKey = (total: number): string => String(total).padStart(TOTAL_DIGITS, '0');

type KeyPattern = readonly [
  pk: RegExp,
  sk: RegExp,
  toParsed: (pk: string, sk: string) => z.ZodSafeParseResult<ParsedKey>,
];

const parsedAs = <T extends ParsedKey>(
  schema: z.ZodType<T>,
  value: unknown,
): z.ZodSafeParseResult<ParsedKey> => schema.safeParse(value);

const KEY_PATTERNS: readonly KeyPattern[] = [
  [
    /^USER#(.+)$/s,
    /^PROFILE#(.+)$/s,
    (userId, again) =>
      parsedAs(z.object({ entityType: z.literal('User'), userId: UserId.refine((id) => id === again) }), {
        entityType: 'User',
        userId,
      }),
  ],
  [
    /^USER#(.+)$/s,
    /^ORDER#(.+)$/s,
    (userId, orderId) =>
      parsedAs(z.object({ entityType: z.literal('Order'), userId: UserId, orderId: OrderId }), {
        entityType: 'Order',
        userId,
        orderId,
      }),
  ],
  [
    /^PRODUCT#(.+)$/s,
    /^(STOCK)$/,
    (sku) =>
      parsedAs(z.object({ entityType: z.literal('Product'), sku: Sku }), { entityType: 'Product', sku }),
  ],
  [
    /^ORDER#(.+)$/s,
    /^(RESERVATION)$/,
    (orderId) =>
      parsedAs(z.object({ entityType: z.literal('Reservation'), orderId: OrderId }), {
        entityType: 'Reservation',
        orderId,
      }),
  ],
  [
    /^ORDER#(.+)$/s,
    /^(TALLY)$/,
    (orderId) =>
      parsedAs(z.object({ entityType: z.literal('Tally'), orderId: OrderId }), {
        entityType: 'Tally',
        orderId,
      }),
  ],
  [
    /^STATS#(.+)$/s,
    /^(ORDERS)$/,
    (day) =>
      parsedAs(z.object({ entityType: z.literal('DailyStats'), day: Day }), {
        entityType: 'DailyStats',
        day,
      }),
  ],
  [
    /^ACCOUNT#(.+)$/s,
    /^(BALANCE)$/,
    (accountId) =>
      parsedAs(z.object({ entityType: z.literal('Account'), accountId: AccountId }), {
        entityType: 'Account',
        accountId,
      }),
  ],
  [
    /^ACCOUNT#(.+)$/s,
    /^TXN#(.+)$/s,
    (accountId, transactionId) =>
      parsedAs(
        z.object({
          entityType: z.literal('LedgerEntry'),
          accountId: AccountId,
          transactionId: TransactionId,
        }),
        { entityType: 'LedgerEntry', accountId, transactionId },
      ),
  ],
];

/** Reads what a primary key names, or `undefined` for a key of no shape that this table knows. */
export function parseKey(key: ItemKey): ParsedKey | undefined {
  for (const [pkPattern, skPattern, toParsed] of KEY_PATTERNS) {
    const pk = pkPattern.exec(key.pk)?.[1];
    const sk = skPattern.exec(key.sk)?.[1];
    if (pk === undefined || sk === undefined) continue;
    const parsed = toParsed(pk, sk);
    return parsed.success ? parsed.data : undefined;
  }
  return undefined;
}
