import type { SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import { readAlias } from './index-names.ts';
import type { OpenSearchRequest } from './open-search.ts';
import { type VisibleOrders, visibilityFilter } from './visible-orders.ts';

/**
 * Unicode's own start and end of a selected area. Controls cannot be part of a text that was indexed (contracts/text.ts), so
 * nothing in a document passes for a mark; and unlike the C0 controls OpenSearch does not trim these off a fragment.
 */
export const HIT_START = '\u0086';
export const HIT_END = '\u0087';

const TIMEOUT = '3s';
const COUNTED_MAX = 10_000;
const FACET_VALUES_MAX = 20;
const FRAGMENTS_MAX = 3;
const FRAGMENT_CHARACTERS = 120;
const SOURCE = ['orderId', 'userId', 'status', 'total', 'currency', 'units', 'createdAt', 'version'];
const HIGHLIGHTED = ['lines.name', 'shipTo.name', 'shipTo.city'];

type Filter = Readonly<Record<string, unknown>>;

/**
 * The request that finds orders. What is searched for is data: it goes into `match` queries alone, which have no syntax of
 * their own, and never into a query string.
 * See https://docs.opensearch.org/latest/query-dsl/full-text/match-bool-prefix/.
 */
export function orderSearchRequest(
  { q, status, category, userId, limit }: SearchOrdersQuery,
  visible: VisibleOrders,
): OpenSearchRequest {
  const ofUser = userId === undefined ? [] : [term('userId', userId)];
  const ofStatus = status === undefined ? [] : [term('status', status)];
  const ofCategory = category === undefined ? [] : [term('lines.category', category)];
  const found = q === undefined ? { match_all: {} } : { match_bool_prefix: wordsOf(q) };
  return {
    method: 'POST',
    path: `/${readAlias('orders')}/_search`,
    body: {
      size: limit,
      timeout: TIMEOUT,
      track_total_hits: COUNTED_MAX,
      _source: SOURCE,
      query: { bool: { must: [found], filter: [...visibilityFilter(visible), ...ofUser] } },
      // After the facets, each of which shows what choosing another of its values would find.
      post_filter: { bool: { filter: [...ofStatus, ...ofCategory] } },
      aggs: { status: facet('status', ofCategory), category: facet('lines.category', ofStatus) },
      highlight: {
        pre_tags: [HIT_START],
        post_tags: [HIT_END],
        require_field_match: false,
        number_of_fragments: FRAGMENTS_MAX,
        fragment_size: FRAGMENT_CHARACTERS,
        fields: Object.fromEntries(HIGHLIGHTED.map((name) => [name, {}])),
      },
      sort: [...(q === undefined ? [] : ['_score']), { createdAt: 'desc' }, { orderId: 'desc' }],
    },
  };
}

// Every field that is searched is copied into `text`.
const wordsOf = (q: string): Filter => ({ text: { query: q, operator: 'and' } });
const term = (field: string, value: string): Filter => ({ term: { [field]: value } });
const facet = (field: string, others: readonly Filter[]): Filter => ({
  filter: { bool: { filter: others } },
  aggs: { values: { terms: { field, size: FACET_VALUES_MAX } } },
});
