import type { Logger } from '@aws-lambda-powertools/logger';
import { LedgerEntryView, type LedgerPage, type ListLedgerQuery } from '../../contracts/api/accounts.ts';
import { LedgerEntryItem } from '../../contracts/items/ledger-entry.ts';
import { parse } from '../../contracts/reading.ts';
import { KeptItems } from '../paging/kept-items.ts';
import type { PageScope } from '../paging/page-scope.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { readPage } from '../paging/read-page.ts';
import { LedgerPosition, queryLedger } from './query-ledger.ts';
import { type AccountAddress, type ReadAccountDeps, readAccount } from './read-account.ts';

export interface ListLedgerDeps extends ReadAccountDeps {
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Which page of which ledger, and who asks. */
export interface ListLedgerCommand extends AccountAddress, ListLedgerQuery {
  /** The `sub` of the caller, to whom the token of the next page is bound. */
  readonly caller: string;
}

/**
 * Lists an account's ledger with strong consistency, the newest transfer first. Entries are never changed nor removed, so
 * following the pages gives each entry once that was there at the first of them. One that breaks its contract is left out, with a warning.
 *
 * @throws InvalidPageTokenError; NotFoundError where the user has no such account.
 */
export async function listLedger(
  deps: ListLedgerDeps,
  { userId, accountId, caller, limit, nextToken }: ListLedgerCommand,
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
    entries: items.map((entry) => parse(LedgerEntryView, entry)),
    ...(next === undefined ? {} : { nextToken: await pageTokens.seal(scope, next) }),
  };
}
