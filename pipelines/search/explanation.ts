import * as z from 'zod';
import type { ExplanationLine } from '../../contracts/api/order-search.ts';
import { read } from '../../contracts/reading.ts';

const LINES_MAX = 40;
const DEPTH_MAX = 8;
const DESCRIPTION_CHARACTERS_MAX = 160;

const Part = z.object({ value: z.number(), description: z.string(), details: z.array(z.unknown()) });

/**
 * The upper part of OpenSearch's explanation of a score, as lines: of 50 hits with all of it an answer could outgrow what Lambda
 * may return. See https://docs.opensearch.org/latest/api-reference/search-apis/explain/.
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
