import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import {
  type ExplanationLine,
  type FacetValue,
  OrderHit,
  type OrderSearchResult,
} from '../../../contracts/api/search.ts';
import { read } from '../../../contracts/reading.ts';
import { KeptItems } from '../../paging/read-page.ts';
import { codeHighlights, wordHighlights } from './highlights.ts';
import { SortValues } from './order-search-request.ts';

const LINES_MAX = 40;
const DEPTH_MAX = 8;
const DESCRIPTION_CHARACTERS_MAX = 160;

const Part = z.object({ value: z.number(), description: z.string(), details: z.array(z.unknown()) });

/**
 * The upper part of OpenSearch's explanation of a score, as lines: 50 hits with complete explanations could exceed the response limit of
 * Lambda. See https://docs.opensearch.org/latest/api-reference/search-apis/explain/.
 */
export function explanationLines(explanation: unknown): ExplanationLine[] {
  const lines: ExplanationLine[] = [];
  const add = (part: unknown, depth: number): void => {
    const parsed = read(Part, part);
    if (!parsed.success || depth > DEPTH_MAX || lines.length === LINES_MAX) return;
    const { value, description, details } = parsed.data;
    lines.push({ depth, value, description: description.slice(0, DESCRIPTION_CHARACTERS_MAX) });
    for (const detail of details) add(detail, depth + 1);
  };
  add(explanation, 0);
  return lines;
}

const Facet = z.object({
  values: z.object({ buckets: z.array(z.object({ key: z.string(), doc_count: z.int() })) }),
});

const Line = z.object({ sku: z.string(), name: z.string() });
const FoundHit = z.object({
  _source: z.object({
    ...OrderHit.omit({
      shipToName: true,
      firstProduct: true,
      lineCount: true,
      highlights: true,
      explanation: true,
    }).shape,
    sourceId: z.string().optional(),
    lines: z.tuple([Line], Line),
    shipTo: z.object({ name: z.string(), postalCode: z.string().optional() }),
  }),
  highlight: z.record(z.string(), z.array(z.string())).optional(),
  _explanation: z.unknown().optional(),
});

type FoundHit = z.infer<typeof FoundHit>;

/** OpenSearch's response to a search for orders. It has the number and the facets where they were requested. */
export const OrderSearchResponse = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  hits: z.object({
    total: z.object({ value: z.int(), relation: z.enum(['eq', 'gte']) }).optional(),
    /** Each with its document, which may be of an older release: {@link orderHits} reads it. */
    hits: z.array(z.looseObject({ sort: SortValues })),
  }),
  aggregations: z
    .object({ status: Facet, category: Facet, unfaceted: z.object({ doc_count: z.int() }) })
    .optional(),
});
export type OrderSearchResponse = z.infer<typeof OrderSearchResponse>;

/**
 * The hits of the response, with what `q` matches marked. One whose document violates its contract, such as one that an older release wrote, is left out with a
 * warning: it must not fail a complete page.
 */
export function orderHits(
  found: readonly unknown[],
  q: string | undefined,
  logger: Pick<Logger, 'warn'>,
): OrderHit[] {
  const kept = new KeptItems(FoundHit);
  const hits = kept.ofValues(found).map((hit) => orderHit(hit, q));
  kept.warn(logger, 'Documents of orders');
  return hits;
}

const orderHit = ({ _source, highlight = {}, _explanation }: FoundHit, q: string | undefined): OrderHit => {
  const { lines, shipTo, sourceId, ...order } = _source;
  const codes = [
    { field: 'orderId', value: order.orderId },
    { field: 'sourceId', value: sourceId },
    { field: 'userId', value: order.userId },
    ...lines.map(({ sku }) => ({ field: 'lines.sku', value: sku })),
    { field: 'shipTo.postalCode', value: shipTo.postalCode },
  ];
  return {
    ...order,
    shipToName: shipTo.name,
    firstProduct: lines[0].name,
    lineCount: lines.length,
    highlights: [...codeHighlights(q, codes), ...wordHighlights(highlight)],
    ...(_explanation !== undefined && { explanation: explanationLines(_explanation) }),
  };
};

/** The number and the facets, where the response has them. */
export const orderSummary = ({
  hits: { total },
  aggregations: facets,
}: OrderSearchResponse): Pick<OrderSearchResult, 'total' | 'isTotalExact' | 'facets'> => ({
  ...(total && { total: total.value, isTotalExact: total.relation === 'eq' }),
  ...(facets && { facets: { status: valuesOf(facets.status), category: valuesOf(facets.category) } }),
});

const valuesOf = ({ values }: z.infer<typeof Facet>): FacetValue[] =>
  values.buckets.map(({ key, doc_count }) => ({ value: key, orders: doc_count }));
