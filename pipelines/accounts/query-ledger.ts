import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { AccountId } from '../../contracts/ids.ts';
import type { LedgerEntryItem } from '../../contracts/items/ledger-entry.ts';
import { accountPartition, LEDGER_SORT_KEY_PREFIX } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { unmarshal } from '../core/unmarshal.ts';
import type { KeptItems } from '../paging/kept-items.ts';
import type { PageRead } from '../paging/read-page.ts';
import type { ReadAccountDeps } from './read-account.ts';

/** An entry's place in its ledger, be the entry sound or not. */
export const LedgerPosition = z.object({ sk: z.string().startsWith(LEDGER_SORT_KEY_PREFIX) });
export type LedgerPosition = z.infer<typeof LedgerPosition>;

/** Which part of which ledger. */
export interface LedgerSection {
  readonly accountId: AccountId;
  /** The entry behind which, towards older ones, the section begins; `undefined` for the newest. */
  readonly after: LedgerPosition | undefined;
  readonly limit: number;
}

/** Reads a section of a ledger backwards, with strong consistency, in one Query: what `kept` keeps of it. */
export async function queryLedger(
  { dynamoDb, tableName }: ReadAccountDeps,
  { accountId, after, limit }: LedgerSection,
  kept: KeptItems<LedgerEntryItem>,
): Promise<PageRead<LedgerEntryItem, LedgerPosition>> {
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :partition AND begins_with(sk, :entries)',
      ExpressionAttributeValues: marshall({
        ':partition': accountPartition(accountId),
        ':entries': LEDGER_SORT_KEY_PREFIX,
      }),
      ExclusiveStartKey: after && marshall({ pk: accountPartition(accountId), sk: after.sk }),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return {
    items: kept.of(Items),
    lastKey: LastEvaluatedKey && parse(LedgerPosition, unmarshal(LastEvaluatedKey)),
  };
}
