import { createHash } from 'node:crypto';
import {
  ImportedOrderColumn,
  ImportedOrderRow,
  ImportedOrderRowIdentity,
  REQUIRED_COLUMNS,
} from '../../contracts/imports/imported-order.ts';
import { read } from '../../contracts/reading.ts';
import { reasonOf, UnreadableObjectError } from './errors.ts';

/** A row as far as it can be read. */
export interface CsvRow {
  /** A digest of what its order is recognised by; `undefined` if the row does not name it. */
  readonly orderDigest: string | undefined;
  readonly content: { readonly row: ImportedOrderRow } | { readonly fault: string };
}

/**
 * The fields of one record, or `undefined` for a text that is not one record of CSV: with a quote that is not closed, not
 * doubled, or in a field that does not begin with one. See https://www.rfc-editor.org/rfc/rfc4180.
 */
export function fieldsOf(text: string): readonly string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    const field = text[at] === '"' ? quotedAt(text, at) : plainAt(text, at);
    if (field === undefined) return undefined;
    fields.push(field.text);
    at = field.end;
    if (at === text.length) return fields;
  }
}

/** A field and where it ends: at a comma, or at the end of the record. */
interface Field {
  readonly text: string;
  readonly end: number;
}

function plainAt(text: string, begin: number): Field | undefined {
  const comma = text.indexOf(',', begin);
  const end = comma === -1 ? text.length : comma;
  const field = text.slice(begin, end);
  return field.includes('"') || field.includes('\n') ? undefined : { text: field, end };
}

function quotedAt(text: string, begin: number): Field | undefined {
  let close = text.indexOf('"', begin + 1);
  while (text[close + 1] === '"' && close !== -1) close = text.indexOf('"', close + 2);
  const end = close + 1;
  if (close === -1 || (end < text.length && text[end] !== ',')) return undefined;
  return { text: text.slice(begin + 1, close).replaceAll('""', '"'), end };
}

/** Reads a row under the header's columns; `fields` are `undefined` where it is not CSV. */
export function readRow(
  fields: readonly string[] | undefined,
  columns: readonly ImportedOrderColumn[],
): CsvRow {
  if (fields === undefined) return unknown('has a quote that is not closed, or not doubled');
  if (fields.length !== columns.length)
    return unknown(`has ${fields.length} fields, not the header's ${columns.length}`);
  const row = read(ImportedOrderRow, textsOf(fields, columns));
  return {
    orderDigest: orderDigestOf(fields, columns),
    content: row.success ? { row: row.data } : { fault: reasonOf(row.error) },
  };
}

/**
 * A digest of what the order of a row is recognised by; `undefined` if the row does not name it. A digest, since it is kept with the
 * import's progress: ids may name a person.
 */
export function orderDigestOf(
  fields: readonly string[] | undefined,
  columns: readonly ImportedOrderColumn[],
): string | undefined {
  if (fields?.length !== columns.length) return undefined;
  const identity = read(ImportedOrderRowIdentity, textsOf(fields, columns));
  if (!identity.success) return undefined;
  const { userId, sourceId } = identity.data;
  return createHash('sha256')
    .update(JSON.stringify([userId, sourceId]))
    .digest('base64');
}

/** A row that does not name its order. */
const unknown = (fault: string): CsvRow => ({ orderDigest: undefined, content: { fault } });

const textsOf = (fields: readonly string[], columns: readonly ImportedOrderColumn[]): object =>
  Object.fromEntries(columns.map((column, index) => [column, fields[index]]));

/**
 * The columns that a CSV's first row names, in their order.
 *
 * @throws UnreadableObjectError unless they are the columns of an order, each at most once and none missing. The error names an
 * unknown column by its position: without a header it is a value.
 */
export function readHeader(text: string): readonly ImportedOrderColumn[] {
  const names = fieldsOf(text);
  if (names === undefined) throw new UnreadableObjectError('The first row is not CSV');
  const columns = names.map((name, index) => {
    const column = read(ImportedOrderColumn, name);
    if (column.success) return column.data;
    throw new UnreadableObjectError(
      `Column ${index + 1} of the header is none of ${ImportedOrderColumn.options.join(', ')}`,
    );
  });
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new UnreadableObjectError(`The header names ${twice} twice`);
  const missing = REQUIRED_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new UnreadableObjectError(`The header lacks ${missing.join(', ')}`);
  return columns;
}
