import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { Suggestion, SuggestQuery, SuggestResult } from '../../../contracts/api/search.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { KeptItems } from '../../paging/read-page.ts';
import { readAlias } from '../index-names.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../open-search.ts';
import { codeHighlights } from './highlights.ts';
import { searchResponse } from './search-page.ts';
import { PRODUCT_FIELDS, PRODUCT_SORTS, productHits } from './search-products.ts';
import { byKeyword, byNumber } from './search-request.ts';
import { USER_FIELDS, USER_SORTS, userHits } from './search-users.ts';
import { codeOf, textQuery } from './text-query.ts';
import { type VisibleOrders, visibilityFilter } from './visible-orders.ts';

/** What suggestions are made with. */
export interface SuggestDeps {
  readonly openSearch: OpenSearchClient;
  readonly logger: Pick<Logger, 'warn'>;
}

/** What was typed, and what the caller may see. */
export type SuggestAsked = SuggestQuery & {
  readonly visible: VisibleOrders;
  /** Whether users are suggested too. */
  readonly withUsers: boolean;
};

const TIMEOUT = '1s';
/** A shorter text begins too many ids. */
const ID_CHARACTERS_MIN = 5;
/** How many orders are read. One that has another id of that form, such as a product's, is left out. */
const ORDER_CANDIDATES_MAX = 50;

/** The requests for the suggestions of one text, by kind; a kind that is not suggested has none. */
export function suggestRequests({ q, limit, visible, withUsers }: SuggestAsked) {
  return {
    order:
      codeOf(q).length < ID_CHARACTERS_MIN
        ? undefined
        : request('orders', {
            size: ORDER_CANDIDATES_MAX,
            _source: ['orderId', 'sourceId', 'userId'],
            query: {
              bool: {
                filter: [
                  ...visibilityFilter(visible),
                  {
                    bool: {
                      should: ['codes', 'codesReversed'].map((field) => ({
                        match_bool_prefix: { [field]: { query: q, operator: 'and' } },
                      })),
                    },
                  },
                ],
              },
            },
            sort: [byNumber('createdAt', 'desc'), byKeyword('orderId', 'desc')],
          }),
    product: request('products', {
      size: limit,
      query: textQuery(q, PRODUCT_FIELDS, 'exact'),
      sort: PRODUCT_SORTS.relevance,
    }),
    user: withUsers
      ? request('users', {
          size: limit,
          query: textQuery(q, USER_FIELDS, 'exact'),
          sort: USER_SORTS.relevance,
        })
      : undefined,
  };
}

const request = (
  index: 'orders' | 'products' | 'users',
  body: Readonly<Record<string, unknown>>,
): OpenSearchRequest => ({
  method: 'POST',
  path: `/${readAlias(index)}/_search`,
  body: { timeout: TIMEOUT, track_total_hits: false, ...body },
});

/**
 * Completes a text, of which the last word may be a beginning: products, visible orders by the beginning or end of an id, and users. One
 * request an index, at the same time. The kinds take turns, each with its best one first.
 *
 * @throws SearchTimedOutError; SearchUnavailableError when OpenSearch does not return hits.
 */
export async function suggest(
  { openSearch, logger }: SuggestDeps,
  asked: SuggestAsked,
): Promise<SuggestResult> {
  const { q, limit } = asked;
  const requests = suggestRequests(asked);
  const foundBy = async (one: OpenSearchRequest | undefined): Promise<readonly unknown[]> =>
    one === undefined ? [] : (await searchResponse(openSearch, one)).hits.hits;
  const [orders, products, users] = await Promise.all([
    foundBy(requests.order),
    foundBy(requests.product),
    foundBy(requests.user),
  ]);
  const kinds: readonly (readonly Suggestion[])[] = [
    orderSuggestions(orders, q, logger),
    productHits(products, undefined, logger).map(({ name, sku }) => ({ kind: 'product', text: name, sku })),
    userHits(users, undefined, logger).map(({ name, userId }) => ({ kind: 'user', text: name, userId })),
  ];
  return { suggestions: inTurns(kinds).slice(0, limit) };
}

const FoundOrder = z.object({
  _source: z.object({ orderId: OrderId, sourceId: z.string().optional(), userId: UserId }),
});

/** The orders of which an id of their own matches, under that id. */
function orderSuggestions(
  found: readonly unknown[],
  q: string,
  logger: Pick<Logger, 'warn'>,
): readonly Suggestion[] {
  const kept = new KeptItems(FoundOrder);
  const orders = kept.ofValues(found);
  kept.warn(logger, 'Documents of orders');
  return orders.flatMap(({ _source: { orderId, sourceId, userId } }): Suggestion[] => {
    const text = [orderId, sourceId].find((value) => codeHighlights(q, [{ field: '', value }]).length > 0);
    return text === undefined ? [] : [{ kind: 'order', text, orderId, userId }];
  });
}

/** The first of each list, then the second of each, and so on. */
function inTurns<One>(lists: readonly (readonly One[])[]): readonly One[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => place).flatMap((place) =>
    lists.flatMap((list) => list.slice(place, place + 1)),
  );
}
