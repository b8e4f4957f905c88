import type { AccountId, Day, HeartbeatId, OrderId, Sku, TransactionId, UserId } from '../ids.ts';
import type { OrderStatus } from '../order-status.ts';

/** The primary key of an item of the table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** The sort-key prefix of a user's orders: `begins_with(sk, ORDER#)`, newest first when read backwards. */
export const ORDER_SORT_KEY_PREFIX = 'ORDER#';

/** The sort-key prefix of an account's ledger entries: transfers' ULIDs follow, so that backwards is newest first. */
export const LEDGER_SORT_KEY_PREFIX = 'TXN#';

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
export const countedOrderKey = (orderId: OrderId): ItemKey => ({ pk: `ORDER#${orderId}`, sk: 'TALLY' });
export const dailyStatsKey = (day: Day): ItemKey => ({ pk: `STATS#${day}`, sk: 'ORDERS' });
export const heartbeatKey = (heartbeatId: HeartbeatId): ItemKey => ({
  pk: `HEARTBEAT#${heartbeatId}`,
  sk: 'BEAT',
});
/** The partition that holds an account and its ledger. */
export const accountPartition = (accountId: AccountId): string => `ACCOUNT#${accountId}`;
export const accountKey = (accountId: AccountId): ItemKey => ({
  pk: accountPartition(accountId),
  sk: 'BALANCE',
});
export const ledgerEntryKey = (accountId: AccountId, transactionId: TransactionId): ItemKey => ({
  pk: accountPartition(accountId),
  sk: `${LEDGER_SORT_KEY_PREFIX}${transactionId}`,
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
