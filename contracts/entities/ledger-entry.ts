import * as z from 'zod';
import { AccountId, TransactionId } from '../ids.ts';
import { Currency } from '../money.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';
import { RequestedBy } from './requested-by.ts';

const key = entityKey('LedgerEntry', 'ACCOUNT#{accountId}', 'TXN#{transactionId}', {
  accountId: AccountId,
  transactionId: TransactionId,
});
export const ledgerEntryKey = (accountId: AccountId, transactionId: TransactionId): ItemKey =>
  key.of({ accountId, transactionId });
/** The sort-key prefix of an account's ledger entries: transfers' ULIDs follow, so that backwards is newest first. */
export const LEDGER_SORT_KEY_PREFIX = key.sk.prefix;

/** One side of a transfer, never changed: `ACCOUNT#id` / `TXN#id`. The two entries of a transfer sum to zero. */
export const LedgerEntryItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('LedgerEntry'),
    accountId: AccountId,
    transactionId: TransactionId,
    counterparty: AccountId,
    /** What the balance changed by, in minor units: negative for the debit. */
    amount: z.int(),
    currency: Currency,
    /** Who moved the money; entries before 0.3.0 have none. */
    requestedBy: RequestedBy.optional(),
  })
  .superRefine((entry, ctx) => checkKey(entry, ledgerEntryKey(entry.accountId, entry.transactionId), ctx));
export type LedgerEntryItem = z.infer<typeof LedgerEntryItem>;

export const ledgerEntryEntity = {
  key,
  item: LedgerEntryItem,
  writtenBy: ['api'],
  readBy: ['order-events', 'search-index'],
} as const satisfies Entity;
