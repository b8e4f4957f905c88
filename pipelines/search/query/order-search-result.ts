import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { type ExplanationLine, OrderHit } from '../../../contracts/api/search.ts';
import { read } from '../../../contracts/reading.ts';
import { KeptItems } from '../../paging/read-page.ts';
import { codeHighlights, wordHighlights } from './highlights.ts';

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
