import { createHash } from 'node:crypto';
import { CsvError, parse } from 'csv-parse/sync';
import {
  type ImportedOrderColumn,
  ImportedOrderRow,
  ImportedOrderRowIdentity,
} from '../../contracts/api/imported-order-row.ts';
import { read } from '../../contracts/reading.ts';
import { reasonOf } from './reason-of.ts';

/** A row as far as it can be read. */
export interface CsvRow {
  /** A digest of what its order is recognised by; `undefined` if the row does not tell. */
  readonly orderDigest: string | undefined;
  readonly content: { readonly row: ImportedOrderRow } | { readonly fault: string };
}

/** The fields of one record, or `undefined` for a text that is not one record of CSV. See https://www.rfc-editor.org/rfc/rfc4180. */
export function fieldsOf(text: string): readonly string[] | undefined {
  try {
    // The record is whole, so a carriage return before a line feed is one of its own.
    const records = parse(text, { record_delimiter: '\n' });
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

/** Reads a row under the header's columns. */
export function readRow(text: string, columns: readonly ImportedOrderColumn[]): CsvRow {
  const fields = fieldsOf(text);
  if (fields === undefined) return unknown('has a quote that is not closed, or not doubled');
  if (fields.length !== columns.length)
    return unknown(`has ${fields.length} fields, not the header's ${columns.length}`);
  const texts = Object.fromEntries(columns.map((column, index) => [column, fields[index]]));
  const row = read(ImportedOrderRow, texts);
  return {
    orderDigest: orderDigestOf(texts),
    content: row.success ? { row: row.data } : { fault: reasonOf(row.error) },
  };
}

/** A row that does not tell whose it is. */
export const unknown = (fault: string): CsvRow => ({ orderDigest: undefined, content: { fault } });

/** A digest, since it is kept with the import's progress: ids may name a person. */
function orderDigestOf(texts: object): string | undefined {
  const identity = read(ImportedOrderRowIdentity, texts);
  if (!identity.success) return undefined;
  const { userId, sourceId } = identity.data;
  return createHash('sha256')
    .update(JSON.stringify([userId, sourceId]))
    .digest('base64');
}
