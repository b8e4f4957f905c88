import * as z from 'zod';
import {
  type FacetValue,
  type Highlight,
  OrderHit,
  type OrderSearchResult,
  type SearchOrdersQuery,
  type TextPart,
} from '../../contracts/api/order-search.ts';
import { SearchUnavailableError } from './errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from './open-search.ts';
import { HIT_END, HIT_START, orderSearchRequest } from './order-search-request.ts';
import type { VisibleOrders } from './visible-orders.ts';

const Facet = z.object({
  values: z.object({ buckets: z.array(z.object({ key: z.string(), doc_count: z.int() })) }),
});
const SearchAnswer = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  hits: z.object({
    total: z.object({ value: z.int(), relation: z.enum(['eq', 'gte']) }),
    hits: z.array(
      z.object({
        _source: OrderHit.omit({ highlights: true }),
        highlight: z.record(z.string(), z.array(z.string())).optional(),
      }),
    ),
  }),
  aggregations: z.object({ status: Facet, category: Facet }),
});

/** Longer than OpenSearch itself searches, so that it is the one that ends a long search, with what it has found. */
const REQUEST_TIMEOUT_MS = 6_000;
const HTTP_OK = 200;

/**
 * Finds those of the visible orders that are asked for in the search index, which is behind the table by as much as the mapping and a refresh take.
 *
 * @throws SearchUnavailableError when OpenSearch does not answer with hits.
 */
export async function searchOrders(
  client: OpenSearchClient,
  query: SearchOrdersQuery,
  visible: VisibleOrders,
): Promise<OrderSearchResult> {
  const answer = await openSearchAnswer(client, orderSearchRequest(query, visible), {
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  const parsed = SearchAnswer.safeParse(answer.body);
  if (answer.status !== HTTP_OK || !parsed.success)
    throw new SearchUnavailableError(
      `OpenSearch found nothing to show: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
  const { hits, aggregations, timed_out, _shards } = parsed.data;
  return {
    hits: hits.hits.map(({ _source, highlight = {} }) => ({
      ..._source,
      highlights: highlightsOf(highlight),
    })),
    total: hits.total.value,
    isTotalExact: hits.total.relation === 'eq',
    isComplete: !timed_out && _shards.failed === 0,
    facets: { status: valuesOf(aggregations.status), category: valuesOf(aggregations.category) },
  };
}

const valuesOf = ({ values }: z.infer<typeof Facet>): FacetValue[] =>
  values.buckets.map(({ key, doc_count }) => ({ value: key, orders: doc_count }));

const highlightsOf = (found: Readonly<Record<string, readonly string[]>>): Highlight[] =>
  Object.entries(found).flatMap(([field, fragments]) =>
    fragments.map((fragment) => ({ field, parts: partsOf(fragment) })),
  );

/** Takes a fragment apart at the marks around its hits. */
function partsOf(fragment: string): TextPart[] {
  const pieces = fragment.split(new RegExp(`(${HIT_START}[^${HIT_END}]*${HIT_END})`));
  return pieces
    .filter((piece) => piece !== '')
    .map((piece) =>
      piece.startsWith(HIT_START) ? { text: piece.slice(1, -1), isHit: true } : { text: piece, isHit: false },
    );
}
