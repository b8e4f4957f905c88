import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { OrderItem } from '../../../contracts/entities/order.ts';

/**
 * Which orders a query is for, and how well they serve it. 3: what the user was looking for. 2: the same thing in
 * another make, such as another colour. 1: of the same kind, and worth a look where there is nothing better. Any other: 0.
 * All members of one entry must hold for an order; the highest grade of the entries that hold is its grade.
 *
 * Judged by the meaning of the query and by the sheet alone, never by what an engine found: by complete names and words of one
 * line's product, the person, the place and the ids. A query without an entry is for nothing.
 */
const Wanted = z.strictObject({
  grade: z.literal([1, 2, 3]),
  product: z.string().optional(),
  /** Words of one product's name, in any order; with a star at the end, beginnings of words. */
  words: z.array(z.string()).optional(),
  person: z.string().optional(),
  city: z.string().optional(),
  state: z.string().optional(),
  country: z.string().optional(),
  postalCode: z.string().optional(),
  sku: z.string().optional(),
  skuEnds: z.string().optional(),
  idBegins: z.string().optional(),
  idEnds: z.string().optional(),
});
type Wanted = z.infer<typeof Wanted>;

const JudgedQuery = z.strictObject({
  q: z.string(),
  kind: z.enum([
    ...(['product', 'beginning', 'typo', 'person', 'city', 'id', 'mixed'] as const),
    ...(['accent', 'code', 'place', 'synonym', 'none'] as const),
  ]),
  language: z.enum(['en', 'de', 'fr', 'es', 'pt']).default('en'),
  wanted: z.array(Wanted),
});

/** A query, and what it should find. */
export type JudgedQuery = z.infer<typeof JudgedQuery>;

/** The 60 queries, over {@link judgedOrders}. */
export const judgedQueries: readonly JudgedQuery[] = z
  .array(JudgedQuery)
  .parse(JSON.parse(readFileSync(new URL('judged-queries.json', import.meta.url), 'utf8')));

/** How well an order serves a query: 0 to 3. */
export const gradeOf = ({ wanted }: JudgedQuery, order: OrderItem): number =>
  Math.max(0, ...wanted.filter((entry) => isWanted(entry, order)).map(({ grade }) => grade));

/** Whether all members hold: `undefined` asks for nothing. */
function isWanted(wanted: Wanted, { lines, shipTo, sourceId = '' }: OrderItem): boolean {
  const { product, words, person, city, state, country, postalCode, sku, skuEnds, idBegins, idEnds } = wanted;
  return [
    product === undefined || lines.some(({ name }) => name === product),
    words === undefined || lines.some(({ name }) => hasWords(name, words)),
    sku === undefined || lines.some((line) => line.sku === sku),
    skuEnds === undefined || lines.some((line) => line.sku.endsWith(skuEnds)),
    person === undefined || shipTo.name === person,
    city === undefined || shipTo.city === city,
    state === undefined || shipTo.state === state,
    country === undefined || shipTo.country === country,
    postalCode === undefined || shipTo.postalCode === postalCode,
    idBegins === undefined || sourceId.startsWith(idBegins),
    idEnds === undefined || sourceId.endsWith(idEnds),
  ].every(Boolean);
}

function hasWords(name: string, words: readonly string[]): boolean {
  const present = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return words.every((word) =>
    word.endsWith('*') ? present.some((one) => one.startsWith(word.slice(0, -1))) : present.includes(word),
  );
}
