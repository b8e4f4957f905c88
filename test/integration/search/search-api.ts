import { vi } from 'vitest';
import { OrderSearchResult } from '../../../contracts/api/search.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import type { ProductItem } from '../../../contracts/entities/product.ts';
import type { UserItem } from '../../../contracts/entities/user.ts';
import { searchHandler } from '../../../handlers/api/search.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { writeAlias } from '../../../pipelines/search/index-names.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import type { ApiRequest } from '../../builders/api-event.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { type Answer, calling } from '../api/write-api.ts';
import { localOpenSearch } from '../parts/clients.ts';

const PAGES_MAX = 50;

export type SearchApi = Awaited<ReturnType<typeof startSearchApi>>;

/** Makes the Search API's handler on the indices of an OpenSearch, the local one by default. */
export async function startSearchApi(client = localOpenSearch()) {
  await installIndices(client, indexDefinitions);
  const index = new SearchIndex({ emailHash: emailHashes, client });
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const handler = searchHandler({
    ...{ openSearch: client, emailHash: emailHashes },
    ...{ pageTokens: pageTokens(), clock: systemClock, logger, scopePrefix: '' },
  });
  return {
    client,
    logger,
    search: calling(handler, 'searchOrders'),
    searchProducts: calling(handler, 'searchProducts'),
    searchUsers: calling(handler, 'searchUsers'),
    suggest: calling(handler, 'suggest'),
    /** Puts documents into the index as they are, such as those of an older release. */
    putDocuments: async (documents: Readonly<Record<string, object>>): Promise<void> => {
      const operations = Object.entries(documents).flatMap(([_id, document]) => [
        { index: { _index: writeAlias('orders'), _id } },
        document,
      ]);
      const { body } = await client.bulk({ body: operations, refresh: true });
      if (body.errors) throw new Error('A document was refused');
    },
    /** Puts orders, products and users into their indices, so that the next search finds them. */
    put: async (...items: readonly (OrderItem | ProductItem | UserItem)[]): Promise<void> => {
      const { signal } = new AbortController();
      await Promise.all(items.map((item) => index.handle(decodeChange(insertOf(item)), signal)));
      await client.indices.refresh({ index: 'orders,products,users' });
    },
  };
}

/** What a search found; it must have succeeded. */
export function resultIn({ status, body }: Answer): OrderSearchResult {
  if (status !== 200) throw new Error(`The search got the status ${status}: ${JSON.stringify(body)}`);
  return OrderSearchResult.strict().parse(body);
}

/** Follows the tokens from the first page to the last. `beforePage` runs before each page but the first. */
export async function allPages(
  { search }: Pick<SearchApi, 'search'>,
  request: ApiRequest,
  beforePage: (page: number) => Promise<void> = async () => undefined,
): Promise<readonly OrderSearchResult[]> {
  const pages = [resultIn(await search(request))];
  for (let page = 2; page <= PAGES_MAX; page += 1) {
    const nextToken = pages.at(-1)?.nextToken;
    if (nextToken === undefined) return pages;
    await beforePage(page);
    pages.push(resultIn(await search({ ...request, query: { ...request.query, nextToken } })));
  }
  throw new Error('There are more pages than any test makes');
}
