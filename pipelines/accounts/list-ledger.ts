import type { Logger } from '@aws-lambda-powertools/logger';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { LedgerEntryView, type LedgerPage, type ListLedgerQuery } from '../../contracts/api/accounts.ts';
import { accountPartition } from '../../contracts/entities/account.ts';
import { LEDGER_SORT_KEY_PREFIX, LedgerEntryItem } from '../../contracts/entities/ledger-entry.ts';
import type { AccountId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import type { PageScope, PageTokens } from '../paging/page-tokens.ts';
import { KeptItems, type PageRead, readPage } from '../paging/read-page.ts';
import { type AccountAddress, type ReadAccountDeps, readAccount } from './open-account.ts';

/** An entry's position in its ledger, also of a malformed entry. */
const LedgerPosition = z.object({ sk: z.string().startsWith(LEDGER_SORT_KEY_PREFIX) });
type LedgerPosition = z.infer<typeof LedgerPosition>;

/** Which part of which ledger. */
export interface LedgerSection {
  readonly accountId: AccountId;
  /** The entry after which, towards older ones, the section begins; `undefined` for the newest. */
  readonly after: LedgerPosition | undefined;
  readonly limit: number;
}

/** Reads a section of a ledger backwards, with strong consistency, in one Query: what `kept` keeps of it. */
async function queryLedger(
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

export interface ListLedgerDeps extends ReadAccountDeps {
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Which page of which ledger, and who asks. */
export interface ListLedgerCommand extends AccountAddress, ListLedgerQuery {
  /** The `sub` of the caller, to whom the token of the next page is bound. */
  readonly caller: string;
  /** Whether the page says who moved the money. */
  readonly withRequesters: boolean;
}

/**
 * Lists an account's ledger with strong consistency, the newest transfer first. Entries are never changed nor removed, so
 * following the pages gives each entry once that was there at the first of them. One that breaks its contract is left out, with a warning.
 *
 * @throws InvalidPageTokenError; NotFoundError where the user has no such account.
 */
export async function listLedger(
  deps: ListLedgerDeps,
  { userId, accountId, caller, withRequesters, limit, nextToken }: ListLedgerCommand,
): Promise<LedgerPage> {
  const { pageTokens } = deps;
  const scope: PageScope = { operation: 'list-ledger', query: { userId, accountId }, caller };
  const startKey =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, LedgerPosition);
  await readAccount(deps, { userId, accountId });
  const kept = new KeptItems(LedgerEntryItem);
  const { items, next } = await readPage<LedgerEntryItem, LedgerPosition>({
    readSome: (after, wanted) => queryLedger(deps, { accountId, after, limit: wanted }, kept),
    keyOf: ({ sk }) => ({ sk }),
    limit,
    startKey,
  });
  kept.warn(deps.logger, 'Ledger entries');
  return {
    entries: items.map(({ requestedBy, ...entry }) =>
      parse(LedgerEntryView, withRequesters ? { ...entry, requestedBy } : entry),
    ),
    ...(next === undefined ? {} : { nextToken: await pageTokens.seal(scope, next) }),
  };
}
