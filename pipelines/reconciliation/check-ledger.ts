import { marshall } from '@aws-sdk/util-dynamodb';
import { accountKey, accountPartition } from '../../contracts/entities/account.ts';
import { ledgerEntryKey } from '../../contracts/entities/ledger-entry.ts';
import { AccountId, TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import type { Image } from '../dynamodb/scan-table.ts';
import { itemIn } from '../dynamodb/scan-table.ts';
import { type AccountFigures, compareBalances, compareTransfers, LedgerSums } from './compare-ledger.ts';
import { type CheckedTable, readAllCurrent } from './read-table.ts';
import type { SumCheck } from './recheck.ts';

/**
 * Each account's opening balance and entries sum to its balance. Never repaired here: a person must correct money. An account that
 * violates its contract is not compared.
 */
export function accountCheck(table: CheckedTable): SumCheck {
  return {
    versions: async (ids) => {
      const current = await readAllCurrent(
        table,
        ids.map((id) => accountKey(parse(AccountId, id))),
      );
      return new Map(
        current.flatMap((item) =>
          item !== 'malformed' && item?.entityType === 'Account' ? [[item.accountId, item.version]] : [],
        ),
      );
    },
    compare: async (ids, signal) => {
      const differences = [];
      for (const id of ids) differences.push(...(await compareAccount(table, parse(AccountId, id), signal)));
      return differences;
    },
  };
}

async function compareAccount(table: CheckedTable, accountId: AccountId, signal: AbortSignal) {
  const accounts: AccountFigures[] = [];
  const sums = new LedgerSums();
  const { sk } = accountKey(accountId);
  for await (const image of partition(table, accountId, signal)) {
    const item = itemIn(image);
    // The account violates its contract.
    if (item === undefined && image['sk']?.S === sk) return [];
    if (item?.entityType === 'Account') accounts.push(item);
    else if (item?.entityType === 'LedgerEntry') sums.add(item);
  }
  return compareBalances(accounts, sums.byAccount);
}

const partition = (
  { dynamoDb, tableName }: CheckedTable,
  accountId: AccountId,
  abortSignal: AbortSignal,
): AsyncGenerator<Image, void, undefined> => {
  const query = {
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: marshall({ ':pk': accountPartition(accountId) }),
    ConsistentRead: true,
  };
  return queryItems(dynamoDb, query, abortSignal);
};

/**
 * Each transfer is two entries that cancel out. Entries are written in pairs and never change, so what the scan saw of a transfer
 * stays true, and a read of both sides shows the rest.
 *
 * @param seen The transfers of which the scan did not see two sides.
 */
export function transferCheck(table: CheckedTable, seen: LedgerSums['openTransfers']): SumCheck {
  return {
    versions: async () => new Map(),
    compare: async (ids) => {
      const sides = ids.flatMap((id) => {
        const transactionId = parse(TransactionId, id);
        const accounts = (seen.get(transactionId) ?? []).flatMap(({ accountId, counterparty }) => [
          accountId,
          counterparty,
        ]);
        return [...new Set(accounts)].map((accountId) => ({
          transactionId,
          key: ledgerEntryKey(accountId, transactionId),
        }));
      });
      const current = await readAllCurrent(
        table,
        sides.map(({ key }) => key),
      );
      // A side that violates its contract is there.
      const undecided = new Set(
        sides.flatMap(({ transactionId }, index) => (current[index] === 'malformed' ? [transactionId] : [])),
      );
      const sums = new LedgerSums();
      for (const item of current)
        if (item !== 'malformed' && item?.entityType === 'LedgerEntry' && !undecided.has(item.transactionId))
          sums.add(item);
      return compareTransfers(sums.openTransfers);
    },
  };
}
