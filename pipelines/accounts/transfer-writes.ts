import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { AccountItem, accountKey } from '../../contracts/entities/account.ts';
import type { LedgerEntryItem } from '../../contracts/entities/ledger-entry.ts';
import { ledgerEntryKey } from '../../contracts/entities/ledger-entry.ts';
import type { RequestedBy } from '../../contracts/entities/requested-by.ts';
import {
  type AccountId,
  type Instant,
  type TransactionId,
  type Version,
  versionAfter,
} from '../../contracts/ids.ts';
import { MINOR_UNITS_MAX, type MinorUnits } from '../../contracts/money.ts';
import { type ConditionsFailedError, putNew } from '../dynamodb/commit.ts';
import { OptimisticLockError } from '../dynamodb/optimistic-lock.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { ConflictError, NotFoundError } from '../request-errors.ts';

/** A transfer that was decided on: its source as it was read, and its destination unseen. */
export interface Transfer {
  readonly transactionId: TransactionId;
  readonly source: AccountItem;
  readonly to: AccountId;
  readonly amount: MinorUnits;
  readonly createdAt: Instant;
  /** The version of the ledger entries. */
  readonly version: Version;
  readonly requestedBy: RequestedBy;
}

/** The places of the two accounts' updates among {@link transferWrites}; the ledger entries come after them. */
export const DEBIT = 0;
export const CREDIT = 1;

/** The writes of a transfer: together they change the sum of all balances by nothing, as they do that of all ledger entries. */
export function transferWrites(tableName: string, transfer: Transfer): readonly TransactWriteItem[] {
  const { source, to, amount } = transfer;
  return [
    debit(tableName, transfer),
    credit(tableName, transfer),
    putNew(tableName, ledgerEntry(transfer, source.accountId, to, -amount)),
    putNew(tableName, ledgerEntry(transfer, to, source.accountId, amount)),
  ];
}

function debit(tableName: string, { source, amount, createdAt }: Transfer): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(accountKey(source.accountId)),
      UpdateExpression: 'SET balance = balance - :amount, version = :version, updatedAt = :now',
      // The version, since the response holds the balance.
      ConditionExpression: 'balance >= :amount AND version = :readVersion',
      ExpressionAttributeValues: marshall({
        ':amount': amount,
        ':readVersion': source.version,
        ':version': versionAfter(source.version),
        ':now': createdAt,
      }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

// Adds to the current balance, so that transfers into one account need no retry on each other's conflicts.
function credit(tableName: string, { source, to, amount, createdAt }: Transfer): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(accountKey(to)),
      UpdateExpression: 'SET balance = balance + :amount, version = version + :one, updatedAt = :now',
      ConditionExpression: 'attribute_exists(pk) AND currency = :currency AND balance <= :balanceMax',
      ExpressionAttributeValues: marshall({
        ':amount': amount,
        ':one': 1,
        ':now': createdAt,
        ':currency': source.currency,
        ':balanceMax': MINOR_UNITS_MAX - amount,
      }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function ledgerEntry(
  { transactionId, source, createdAt, version, requestedBy }: Transfer,
  accountId: AccountId,
  counterparty: AccountId,
  amount: number,
): LedgerEntryItem {
  return {
    ...ledgerEntryKey(accountId, transactionId),
    entityType: 'LedgerEntry',
    accountId,
    transactionId,
    counterparty,
    amount,
    currency: source.currency,
    requestedBy,
    createdAt,
    updatedAt: createdAt,
    version,
  };
}

/** The destination account of a transfer does not exist. */
class DestinationNotFoundError extends NotFoundError {
  override readonly code = 'destination-not-found';
  override readonly remedy = 'Check `to` in the body.';

  constructor() {
    super('account');
  }
}

/** The account holds less than is to be sent. */
export class InsufficientBalanceError extends ConflictError {
  readonly code = 'insufficient-balance';
  readonly remedy = 'Send less, or send it once there is enough; the same Idempotency-Key may be used again.';

  constructor() {
    super('The balance is less than the amount.');
  }
}

/** The accounts of a transfer are of two currencies. */
class CurrencyMismatchError extends ConflictError {
  readonly code = 'currency-mismatch';
  readonly remedy = 'Send to an account of the same currency: none is exchanged.';

  constructor() {
    super('The destination is an account of another currency.');
  }
}

/** The account that a transfer goes to would hold more than an amount may be. */
class BalanceLimitError extends ConflictError {
  readonly code = 'balance-limit';
  readonly remedy = 'Send less, or to another account.';

  constructor() {
    super('The destination would hold more than an account may.');
  }
}

/**
 * Returns why DynamoDB cancelled a transfer, from the accounts as its conditions found them: a missing account comes first, then
 * the limits of the accounts, then a conflict that a retry may resolve.
 *
 * @throws ContractViolationError when an account breaks its contract.
 */
export function transferRefusal(failure: ConditionsFailedError, transfer: Transfer): Error {
  const { failedActions } = failure;
  const source = accountFoundBy(failure, DEBIT);
  const destination = accountFoundBy(failure, CREDIT);
  if (failedActions.has(DEBIT) && source === undefined) return new NotFoundError('account');
  if (failedActions.has(CREDIT)) {
    if (destination === undefined) return new DestinationNotFoundError();
    if (destination.currency !== transfer.source.currency) return new CurrencyMismatchError();
  }
  if (source !== undefined && source.balance < transfer.amount) return new InsufficientBalanceError();
  if (destination !== undefined) return new BalanceLimitError();
  return new OptimisticLockError('The source changed while money was transferred', { cause: failure });
}

function accountFoundBy(failure: ConditionsFailedError, action: number): AccountItem | undefined {
  const item = failure.itemFoundBy(action);
  return item === undefined ? undefined : parseItem(AccountItem, item);
}
