import type {
  DeadLetterListFilter,
  DeadLetterPage,
  ListDeadLettersQuery,
  UnmatchedFilter,
} from '../../../contracts/api/dead-letters.ts';
import type { DeadLetterItem } from '../../../contracts/operations/operations-items.ts';
import { type DeadLetterStore, IndexPosition } from '../../operations/dead-letter-store.ts';
import type { PageTokens } from '../../paging/page-tokens.ts';
import type { Page } from '../../paging/read-page.ts';
import { latestOf, listedPage, SELECTED_MAX, summaryOf, unmatchedFilter } from './dead-letter-selection.ts';

type Store = Pick<DeadLetterStore, 'openPage' | 'endedPage'>;

/** A filter that few match is read this many times further before its page is empty. */
const READS_MAX = 10;

/** A page of the dead letters that match, from the store alone: it receives no message. @throws the SDK's own errors. */
export async function matchingPage(
  store: Store,
  filter: DeadLetterListFilter,
  limit: number,
  startAfter?: IndexPosition,
): Promise<Page<DeadLetterItem, IndexPosition>> {
  let page = await listedPage(store, filter, { limit, startAfter });
  for (let reads = 1; reads < READS_MAX && page.items.length === 0 && page.next !== undefined; reads += 1)
    page = await listedPage(store, filter, { limit, startAfter: page.next });
  return page;
}

/** What there is, where a filter matches nothing; `undefined` where there is nothing. @throws the SDK's own errors. */
export async function unmatchedBy(
  store: Store,
  filter: DeadLetterListFilter,
): Promise<UnmatchedFilter | undefined> {
  const all = filter.state === 'ended' ? ({ state: 'ended' } as const) : {};
  const { items } = await latestOf((place) => listedPage(store, all, place), SELECTED_MAX);
  return items.length === 0 ? undefined : unmatchedFilter(items, filter);
}

/** Who asks for which page. */
export type DeadLetterPageRequest = ListDeadLettersQuery & { readonly caller: string };

/** `GET /ops/dead-letters`. @throws InvalidPageTokenError; the SDK's own errors. */
export async function deadLetterPage(
  { store, pageTokens }: { readonly store: Store; readonly pageTokens: PageTokens },
  { caller, limit, nextToken, ...filter }: DeadLetterPageRequest,
): Promise<DeadLetterPage> {
  const scope = { operation: 'listDeadLetters', query: filter, caller };
  const startAfter =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, IndexPosition);
  const { items, next } = await matchingPage(store, filter, limit, startAfter);
  const isUnmatched = items.length === 0 && next === undefined && startAfter === undefined;
  return {
    deadLetters: items.map(summaryOf),
    unmatched: isUnmatched ? await unmatchedBy(store, filter) : undefined,
    nextToken: next && (await pageTokens.seal(scope, next)),
  };
}
