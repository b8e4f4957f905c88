import type { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { read, valueIssues } from '../../contracts/reading.ts';
import { unmarshal } from '../core/unmarshal.ts';

/**
 * The members of a list that keep their contract. One that breaks it is left out: it must not take a whole list away, and the
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

  /** Those of one answer of another store. */
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
