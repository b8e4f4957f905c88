import * as z from 'zod';
import { AccountId, UserId } from '../ids.ts';
import { Currency, MinorUnits } from '../money.ts';
import { checkKey, itemAttributes } from './item.ts';
import { accountKey } from './keys.ts';

/**
 * An account and its balance, never below zero: `ACCOUNT#id` / `BALANCE`. At every moment the opening balance and the amounts of
 * its ledger entries sum to the balance.
 */
export const AccountItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Account'),
    accountId: AccountId,
    ownerId: UserId,
    balance: MinorUnits,
    openingBalance: MinorUnits,
    currency: Currency,
  })
  .superRefine((account, ctx) => checkKey(account, accountKey(account.accountId), ctx));
export type AccountItem = z.infer<typeof AccountItem>;
