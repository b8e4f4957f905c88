import type { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { read, valueIssues } from '../../contracts/reading.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';

/** The most reads of a page. */
export const PAGE_READS_MAX = 10;

/** The result of one read of a list. */
export interface PageRead<Item, Key> {
  /** The items that passed the filter, in the list's order. */
  readonly items: readonly Item[];
  /** LastEvaluatedKey: where the next read continues. `undefined` at the end of the list. */
  readonly lastKey: Key | undefined;
}

/** How a page is read. */
export interface PageRequest<Item, Key> {
  /**
   * Reads after `startKey`, or from the start. `wanted` is how many items the page still lacks. A Query with a filter
   * does well to read more than that at once, since its Limit counts the items that it reads and not those that pass; surplus
   * items are read again by the next page. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html.
   */
  readonly readSome: (startKey: Key | undefined, wanted: number) => Promise<PageRead<Item, Key>>;
  /** An item's place as ExclusiveStartKey: the table's key, and the index's where one is read. */
  readonly keyOf: (item: Item) => Key;
  /** The most items of the page, at least 1. */
  readonly limit: number;
  readonly startKey?: Key | undefined;
  /** The most bytes of a page, as `bytesOf` has them; no bound without it. A page has one item even where that is larger. */
  readonly bytesMax?: number;
  readonly bytesOf?: (item: Item) => number;
}

/** A page of a list. */
export interface Page<Item, Key> {
  readonly items: readonly Item[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly next: Key | undefined;
}

/**
 * Reads a page of at most `limit` items, in as many reads as it takes to fill it, and at most {@link PAGE_READS_MAX}. Following
 * `next` gives each item of the list once, in its order.
 *
 * A page may be short, or even empty, and still have a `next`: when the filter let little pass within these reads,
 * when `bytesMax` are used up, and when the last read ended with the list but could not know it, as a Query does whose Limit is used up exactly.
 */
export async function readPage<Item, Key>({
  readSome,
  keyOf,
  limit,
  startKey,
  bytesMax = Number.POSITIVE_INFINITY,
  bytesOf = () => 0,
}: PageRequest<Item, Key>): Promise<Page<Item, Key>> {
  const items: Item[] = [];
  let bytes = 0;
  let next = startKey;
  for (let reads = 0; reads < PAGE_READS_MAX; reads += 1) {
    const { items: found, lastKey } = await readSome(next, limit - items.length);
    for (const item of found) {
      bytes += bytesOf(item);
      // Cut in the middle of a read: the next page must see the rest of it again.
      if (items.length === limit || (items.length > 0 && bytes > bytesMax)) return { items, next };
      items.push(item);
      next = keyOf(item);
    }
    next = lastKey;
    if (next === undefined || items.length === limit) break;
  }
  return { items, next };
}

/**
 * The members of a list that keep their contract. One that violates it is left out: it must not fail a complete list, and the
 * stream's consumers have dead-lettered it.
 */
export class KeptItems<Item> {
  readonly #schema: z.ZodType<Item>;
  readonly #malformed: string[][] = [];

  constructor(schema: z.ZodType<Item>) {
    this.#schema = schema;
  }

  /** Those of one read of the table. */
  of(images: readonly Readonly<Record<string, AttributeValue>>[]): readonly Item[] {
    return this.ofValues(images.map((image) => unmarshal(image)));
  }

  /** Those of one response of another store. */
  ofValues(values: readonly unknown[]): readonly Item[] {
    const readings = values.map((value) => read(this.#schema, value));
    this.#malformed.push(
      ...readings.flatMap(({ error }) => (error ? [valueIssues(error).map(({ path }) => path)] : [])),
    );
    return readings.flatMap(({ data }) => (data ? [data] : []));
  }

  /**
   * Warns of what was left out, if anything was, by fields and without a value.
   *
   * @param what The items, as a warning begins: `Orders`.
   */
  warn(logger: Pick<Logger, 'warn'>, what: string): void {
    if (this.#malformed.length === 0) return;
    const fields = [...new Set(this.#malformed.flat())];
    logger.warn(`${what} that break their contract were left out`, { count: this.#malformed.length, fields });
  }
}
