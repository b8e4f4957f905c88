import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import {
  type SearchUsersQuery,
  UserHit,
  type UserSearchResult,
  type UserSort,
} from '../../../contracts/api/search.ts';
import { KeptItems } from '../../paging/read-page.ts';
import type { EmailHashSource } from '../email-hash.ts';
import { codeHighlights, wordHighlights } from './highlights.ts';
import { type SearchDeps, searchPage } from './search-page.ts';
import { anyOf, byKeyword, byNumber, type TextSearch } from './search-request.ts';
import type { SearchedFields } from './text-query.ts';

/** What users are searched with. */
export interface SearchUsersDeps extends SearchDeps {
  readonly emailHash: EmailHashSource;
}

/** What users are searched by. */
export const USER_FIELDS: SearchedFields = {
  words: [
    { field: 'name', bonus: 3 },
    { field: 'segment.words', bonus: 1 },
  ],
};

const SOURCE = ['userId', 'name', 'segment', 'createdAt'];
const MARKED = USER_FIELDS.words.map(({ field }) => field);

const BY_ID = byKeyword('userId', 'asc');
/** Each ends with the user's id, so that no two users have the same place. */
export const USER_SORTS: Readonly<Record<UserSort, readonly unknown[]>> = {
  relevance: ['_score', byKeyword('name.keyword', 'asc'), BY_ID],
  'name:asc': [byKeyword('name.keyword', 'asc'), BY_ID],
  'createdAt:desc': [byNumber('createdAt', 'desc'), BY_ID],
};

/** The query without the token of the page, and with the hash in place of the address. */
export type UsersWanted = Omit<SearchUsersQuery, 'nextToken' | 'email'> & {
  readonly emailHash?: string | undefined;
};

/** What a query for users searches for. */
export const userSearch = ({ q, emailHash, segment, sort, limit }: UsersWanted): TextSearch => ({
  index: 'users',
  source: SOURCE,
  q,
  fields: USER_FIELDS,
  marked: MARKED,
  visible: [],
  filters: {
    email: emailHash === undefined ? [] : [{ term: { emailHash } }],
    segment: anyOf('segment', segment),
  },
  facets: {},
  sort: USER_SORTS[sort ?? (q === undefined ? 'name:asc' : 'relevance')],
  limit,
});

/**
 * Finds a page of users. Following the tokens returns each user once, unless the name, by which the hits are sorted, changes meanwhile.
 * An address is hashed here, and in no request, token or log.
 *
 * @throws InvalidPageTokenError; EmailHashKeyError; SearchTimedOutError; SearchUnavailableError when OpenSearch does not return hits.
 */
export async function searchUsers(
  deps: SearchUsersDeps,
  { caller, nextToken, email, ...others }: SearchUsersQuery & { readonly caller: string },
): Promise<UserSearchResult> {
  const wanted: UsersWanted = {
    ...others,
    ...(email !== undefined && { emailHash: (await deps.emailHash())(email) }),
  };
  const scope = { operation: 'searchUsers', query: { ...wanted }, caller };
  const { found, members } = await searchPage(deps, { scope, nextToken }, userSearch(wanted));
  return { hits: userHits(found, wanted.q, deps.logger), ...members };
}

const FoundUser = z.object({
  _source: UserHit.omit({ highlights: true }),
  highlight: z.record(z.string(), z.array(z.string())).optional(),
});

/** The users of a response. One whose document violates its contract, such as one of an older release, is left out with a warning. */
export function userHits(
  found: readonly unknown[],
  q: string | undefined,
  logger: Pick<Logger, 'warn'>,
): UserHit[] {
  const kept = new KeptItems(FoundUser);
  const users = kept.ofValues(found);
  kept.warn(logger, 'Documents of users');
  return users.map(({ _source, highlight = {} }) => ({
    ..._source,
    highlights: [
      ...codeHighlights(q, [{ field: 'userId', value: _source.userId }]),
      ...wordHighlights(highlight),
    ],
  }));
}
