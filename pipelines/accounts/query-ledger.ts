import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AccountId } from '../../contracts/ids.ts';
import { LedgerEntryItem } from '../../contracts/items/ledger-entry.ts';
import { accountPartition, LEDGER_SORT_KEY_PREFIX, ledgerEntryKey } from '../../contracts/keys.ts';
import { parseItem } from '../core/read-item.ts';
import { unmarshal } from '../core/unmarshal.ts';
import type { PageRead } from '../paging/read-page.ts';
import type { ReadAccountDeps } from './read-account.ts';

/** An entry's place in its ledger. */
export type LedgerPosition = Pick<LedgerEntryItem, 'transactionId'>;
export const ledgerPosition = ({ transactionId }: LedgerEntryItem): LedgerPosition => ({ transactionId });

/** Which part of which ledger. */
export interface LedgerSection {
  readonly accountId: AccountId;
  /** The entry behind which, towards older ones, the section begins; `undefined` for the newest. */
  readonly after: LedgerPosition | undefined;
  readonly limit: number;
}

/** Reads a section of a ledger backwards, with strong consistency, in one Query. */
export async function queryLedger(
  { dynamoDb, tableName }: ReadAccountDeps,
  { accountId, after, limit }: LedgerSection,
): Promise<PageRead<LedgerEntryItem, LedgerPosition>> {
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :partition AND begins_with(sk, :entries)',
      ExpressionAttributeValues: marshall({
        ':partition': accountPartition(accountId),
        ':entries': LEDGER_SORT_KEY_PREFIX,
      }),
      ExclusiveStartKey: after && marshall(ledgerEntryKey(accountId, after.transactionId)),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  const items = Items.map((item) => parseItem(LedgerEntryItem, unmarshal(item)));
  // Nothing is filtered, so what was looked at last is what was given last.
  const last = items.at(-1);
  return { items, lastKey: LastEvaluatedKey && last && ledgerPosition(last) };
}
