import * as z from 'zod';
import { AccountId, TransactionId } from '../ids.ts';
import { Currency } from '../money.ts';
import { checkKey, itemAttributes } from './item.ts';
import { ledgerEntryKey } from './keys.ts';

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
  })
  .superRefine((entry, ctx) => checkKey(entry, ledgerEntryKey(entry.accountId, entry.transactionId), ctx));
export type LedgerEntryItem = z.infer<typeof LedgerEntryItem>;
