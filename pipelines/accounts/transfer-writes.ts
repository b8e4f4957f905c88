import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import {
  type AccountId,
  type Instant,
  type TransactionId,
  type Version,
  versionAfter,
} from '../../contracts/ids.ts';
import type { AccountItem } from '../../contracts/items/account.ts';
import type { LedgerEntryItem } from '../../contracts/items/ledger-entry.ts';
import { accountKey, ledgerEntryKey } from '../../contracts/keys.ts';
import { MINOR_UNITS_MAX, type MinorUnits } from '../../contracts/money.ts';
import { putNew } from '../core/commit.ts';

/** A transfer that was decided on: its source as it was read, and its destination unseen. */
export interface Transfer {
  readonly transactionId: TransactionId;
  readonly source: AccountItem;
  readonly to: AccountId;
  readonly amount: MinorUnits;
  readonly createdAt: Instant;
  /** The version of the ledger entries. */
  readonly version: Version;
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
      // The version for the answer's sake, which tells the balance.
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

// Counts from whatever is there, so that the transfers into one account do not have to be decided anew for each other.
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
  { transactionId, source, createdAt, version }: Transfer,
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
    createdAt,
    updatedAt: createdAt,
    version,
  };
}
