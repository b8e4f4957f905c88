import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { OrderItem } from '../../../contracts/entities/order.ts';

/**
 * Which orders a query is for, and how well they serve it. 3: what the user was looking for. 2: the same thing in
 * another make, such as another colour. 1: of the same kind, and worth a look where there is nothing better. Any other: 0.
 * All members of one entry must hold for an order; the highest grade of the entries that hold is its grade.
 *
 * Judged by the meaning of the query and by the sheet alone, never by what an engine found: by complete names and words of one
 * line's product, the person, the city and the source id.
 */
const Wanted = z.strictObject({
  grade: z.literal([1, 2, 3]),
  product: z.string().optional(),
  /** Words of one product's name, in any order; with a star at the end, beginnings of words. */
  words: z.array(z.string()).optional(),
  person: z.string().optional(),
  city: z.string().optional(),
  idBegins: z.string().optional(),
});
type Wanted = z.infer<typeof Wanted>;

const JudgedQuery = z.strictObject({
  q: z.string(),
  kind: z.enum(['product', 'beginning', 'typo', 'person', 'city', 'id', 'mixed']),
  wanted: z.array(Wanted).min(1),
});

/** A query, and what it should find. */
export type JudgedQuery = z.infer<typeof JudgedQuery>;

/** The 30 queries, over the orders of the superstore. */
export const judgedQueries: readonly JudgedQuery[] = z
  .array(JudgedQuery)
  .parse(JSON.parse(readFileSync(new URL('judged-queries.json', import.meta.url), 'utf8')));

/** How well an order serves a query: 0 to 3. */
export const gradeOf = ({ wanted }: JudgedQuery, order: OrderItem): number =>
  Math.max(0, ...wanted.filter((entry) => isWanted(entry, order)).map(({ grade }) => grade));

function isWanted({ product, words, person, city, idBegins }: Wanted, order: OrderItem): boolean {
  return (
    (product === undefined || order.lines.some(({ name }) => name === product)) &&
    (words === undefined || order.lines.some(({ name }) => hasWords(name, words))) &&
    (person === undefined || order.shipTo.name === person) &&
    (city === undefined || order.shipTo.city === city) &&
    (idBegins === undefined || order.sourceId?.startsWith(idBegins) === true)
  );
}

function hasWords(name: string, words: readonly string[]): boolean {
  const present = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return words.every((word) =>
    word.endsWith('*') ? present.some((one) => one.startsWith(word.slice(0, -1))) : present.includes(word),
  );
}
