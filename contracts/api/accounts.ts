import * as z from 'zod';
import { AccountId, Instant, TransactionId, UserId, Version } from '../ids.ts';
import { Currency, MINOR_UNITS_MAX, MinorUnits } from '../money.ts';
import { nextPage, pageQuery } from './paging.ts';

/** `POST /users/{userId}/accounts`. Only staff and operators may open an account that holds money already. */
export const OpenAccountBody = z.strictObject({
  accountId: AccountId,
  currency: Currency,
  openingBalance: MinorUnits.optional(),
});
export type OpenAccountBody = z.infer<typeof OpenAccountBody>;

/** `POST /users/{userId}/accounts/{accountId}/transfers`. The amount is in minor units of the account's currency. */
export const TransferFundsBody = z.strictObject({
  to: AccountId,
  amount: z.int().min(1).max(MINOR_UNITS_MAX).brand<'MinorUnits'>(),
});
export type TransferFundsBody = z.infer<typeof TransferFundsBody>;

/** An account as the API shows it. */
export const AccountView = z.object({
  accountId: AccountId,
  ownerId: UserId,
  balance: MinorUnits,
  openingBalance: MinorUnits,
  currency: Currency,
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type AccountView = z.infer<typeof AccountView>;

/** A transfer that was made, as its sender sees it. */
export const TransferView = z.object({
  transactionId: TransactionId,
  from: AccountId,
  to: AccountId,
  amount: MinorUnits,
  currency: Currency,
  createdAt: Instant,
  /** What the transfer left on the account `from`. */
  balance: MinorUnits,
});
export type TransferView = z.infer<typeof TransferView>;

/** An entry of an account's ledger as the API shows it. */
export const LedgerEntryView = z.object({
  transactionId: TransactionId,
  /** The account at the other end of the transfer. */
  counterparty: AccountId,
  /** What the balance changed by, in minor units: negative for money that was sent. */
  amount: z.int(),
  currency: Currency,
  createdAt: Instant,
});
export type LedgerEntryView = z.infer<typeof LedgerEntryView>;

/** `GET /users/{userId}/accounts/{accountId}/ledger`. */
export const ListLedgerQuery = z.object(pageQuery);
export type ListLedgerQuery = z.infer<typeof ListLedgerQuery>;

/** A page of an account's ledger. It can be short and still have a next one. */
export const LedgerPage = z.object({ entries: z.array(LedgerEntryView), ...nextPage });
export type LedgerPage = z.infer<typeof LedgerPage>;
