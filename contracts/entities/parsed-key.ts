import * as z from 'zod';
import { AccountId, Day, HeartbeatId, OrderId, Sku, TransactionId, UserId } from '../ids.ts';
import { read } from '../reading.ts';
import type { ItemKey } from './keys.ts';

/** What a primary key names, told apart by `entityType`. */
export type ParsedKey =
  | { readonly entityType: 'User'; readonly userId: UserId }
  | { readonly entityType: 'Order'; readonly userId: UserId; readonly orderId: OrderId }
  | { readonly entityType: 'Product'; readonly sku: Sku }
  | { readonly entityType: 'Reservation'; readonly orderId: OrderId }
  | { readonly entityType: 'Tally'; readonly orderId: OrderId }
  | { readonly entityType: 'DailyStats'; readonly day: Day }
  | { readonly entityType: 'Heartbeat'; readonly heartbeatId: HeartbeatId }
  | { readonly entityType: 'Account'; readonly accountId: AccountId }
  | {
      readonly entityType: 'LedgerEntry';
      readonly accountId: AccountId;
      readonly transactionId: TransactionId;
    };

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
    pk: /^HEARTBEAT#(.+)$/s,
    sk: /^(BEAT)$/,
    ids: z.object({ entityType: z.literal('Heartbeat'), heartbeatId: HeartbeatId }),
    named: (heartbeatId) => ({ entityType: 'Heartbeat', heartbeatId }),
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
    const parsed = read(ids, named(inPk, inSk));
    return parsed.success ? parsed.data : undefined;
  }
  return undefined;
}
