import * as z from 'zod';
import { AccountId, UserId } from '../ids.ts';
import { Currency, MinorUnits } from '../money.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';
import { RequestedBy } from './requested-by.ts';

const key = entityKey('Account', 'ACCOUNT#{accountId}', 'BALANCE', { accountId: AccountId });
export const accountKey = (accountId: AccountId): ItemKey => key.of({ accountId });
/** The partition that holds an account and its ledger. */
export const accountPartition = (accountId: AccountId): string => accountKey(accountId).pk;

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
    /** Who opened it, with its opening balance; accounts before 0.3.0 have none. */
    requestedBy: RequestedBy.optional(),
  })
  .superRefine((account, ctx) => checkKey(account, accountKey(account.accountId), ctx));
export type AccountItem = z.infer<typeof AccountItem>;

export const accountEntity = {
  key,
  item: AccountItem,
  writtenBy: ['api'],
  readBy: ['order-events', 'search-index'],
} as const satisfies Entity;
