import * as z from 'zod';
import { RequestedBy } from '../entities/requested-by.ts';
import { AccountId, Instant, TransactionId, UserId, Version } from '../ids.ts';
import { Currency, MINOR_UNITS_MAX, MinorUnits } from '../money.ts';
import type { Operation } from './operation.ts';
import { nextPage, pageQuery } from './parameters.ts';
import { READS_ACCOUNTS } from './scopes.ts';

/** `POST /users/{userId}/accounts`. Only a caller with `accounts:write` may open an account that holds money already. */
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
  /** Who moved it, for callers with `accounts:write` or `ops:read`. */
  requestedBy: RequestedBy.optional(),
});
export type LedgerEntryView = z.infer<typeof LedgerEntryView>;

/** `GET /users/{userId}/accounts/{accountId}/ledger`. */
export const ListLedgerQuery = z.object(pageQuery);
export type ListLedgerQuery = z.infer<typeof ListLedgerQuery>;

/** A page of an account's ledger. It can be short and still have a next one. */
export const LedgerPage = z.object({ entries: z.array(LedgerEntryView), ...nextPage });
export type LedgerPage = z.infer<typeof LedgerPage>;

const userPath = z.object({ userId: UserId });
const accountPath = z.object({ userId: UserId, accountId: AccountId });

export const accountOperations = [
  {
    id: 'openAccount',
    method: 'POST',
    path: '/users/{userId}/accounts',
    summary: 'Opens an account; `accounts:write` may set an opening balance',
    access: 'owner',
    scopes: ['accounts:write'],
    parameters: { path: userPath },
    body: OpenAccountBody,
    example: { accountId: 'ada-main', currency: 'EUR' },
    idempotency: 'optional',
    success: {
      status: 201,
      description: 'The new account',
      body: AccountView,
      location: '/users/{userId}/accounts/{accountId}',
    },
    refusals: [404, 409],
  },
  {
    id: 'getAccount',
    method: 'GET',
    path: '/users/{userId}/accounts/{accountId}',
    summary: 'Reads an account with its balance',
    access: 'owner',
    scopes: READS_ACCOUNTS,
    parameters: { path: accountPath },
    success: { status: 200, description: 'The account', body: AccountView, etag: true },
    refusals: [404],
  },
  {
    id: 'transferFunds',
    method: 'POST',
    path: '/users/{userId}/accounts/{accountId}/transfers',
    summary: 'Transfers funds to another account of the same currency, once for each key',
    access: 'owner',
    scopes: ['accounts:write'],
    parameters: { path: accountPath },
    body: TransferFundsBody,
    example: { to: 'grace-main', amount: 1_250 },
    idempotency: 'required',
    success: {
      status: 200,
      description: 'The transfer, with the balance of the account after it',
      body: TransferView,
    },
    refusals: [404, 409],
  },
  {
    id: 'listLedger',
    method: 'GET',
    path: '/users/{userId}/accounts/{accountId}/ledger',
    summary: 'Lists the ledger entries of an account, the newest first',
    access: 'owner',
    scopes: READS_ACCOUNTS,
    parameters: { path: accountPath, query: ListLedgerQuery },
    success: { status: 200, description: 'A page of the ledger', body: LedgerPage },
    refusals: [404],
  },
] as const satisfies readonly Operation[];
