import type { ImportPosition } from '../../contracts/imports/import-report.ts';
import type { ImportedOrderColumn } from '../../contracts/imports/imported-order.ts';
import { fieldsOf, orderDigestOf, readHeader, readRow } from './csv-row.ts';
import { UnreadableObjectError } from './errors.ts';
import type { ImportUnit, RowPlace } from './import-unit.ts';
import { OrderRows } from './order-rows.ts';
import { isBlank, splitRecords, type TextRecord } from './record-splitter.ts';

/** A record after the header, or, without a place, blank ones. */
interface CsvRecord {
  readonly place?: RowPlace;
  readonly next: ImportPosition;
  readonly columns: readonly ImportedOrderColumn[];
  readonly text: string;
  /** `undefined` where it is not CSV. */
  readonly fields: readonly string[] | undefined;
  /** Why it is no row, though its fields may be read. */
  readonly fault?: string;
}

/**
 * Reads CSV: each row is an order line, the first row names the columns. Orders whose digests are in `scattered` are rejected.
 *
 * @throws UnreadableObjectError for an invalid header.
 */
export async function* csvOrders(
  chunks: AsyncIterable<Uint8Array>,
  from: ImportPosition,
  scattered: ReadonlySet<string> = new Set(),
): AsyncGenerator<ImportUnit> {
  const orders = new OrderRows(from, scattered);
  for await (const { place, next, columns, fields, fault } of csvRecords(chunks, from)) {
    if (place === undefined) yield* orders.skip(next);
    else if (fault === undefined) yield* orders.add({ ...readRow(fields, columns), place, next });
    else yield* orders.add({ orderDigest: orderDigestOf(fields, columns), content: { fault }, place, next });
  }
  yield* orders.end();
}

/**
 * The digests of the orders of each row that names its order, in the order of the rows; also of rows that a misplaced quote has
 * made part of another one.
 *
 * @throws UnreadableObjectError for an invalid header, and for rows that cannot be found in a text that is too long for a record.
 */
export async function* orderDigests(
  chunks: AsyncIterable<Uint8Array>,
  from: ImportPosition,
): AsyncGenerator<string> {
  for await (const { place, fields, columns, text, fault } of csvRecords(chunks, from)) {
    const digest = orderDigestOf(fields, columns);
    if (digest !== undefined) yield digest;
    else if (place?.lineEnd !== undefined) yield* hiddenDigests(text, columns, `Line ${place.line} ${fault}`);
  }
}

function* hiddenDigests(
  text: string,
  columns: readonly ImportedOrderColumn[],
  tooLong: string,
): Generator<string> {
  if (text === '') throw new UnreadableObjectError(`${tooLong}: check that its quotes are closed`);
  for (const line of text.split(/\r?\n/)) {
    const digest = orderDigestOf(fieldsOf(line), columns);
    if (digest !== undefined) yield digest;
  }
}

async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  from: ImportPosition,
): AsyncGenerator<CsvRecord> {
  let { columns } = from;
  for await (const record of splitRecords('csv', chunks, from)) {
    if (columns === undefined) {
      if (record.place !== undefined) columns = [...headerOf(record)];
      continue;
    }
    const next = { ...record.next, columns };
    const fields = record.place === undefined ? [] : fieldsOf(record.text);
    const isRow = record.place !== undefined && (record.fault !== undefined || !fields?.every(isBlank));
    yield isRow ? { ...record, next, columns, fields } : { next, columns, text: '', fields: undefined };
  }
  if (columns === undefined) throw new UnreadableObjectError('The object has no header');
}

function headerOf({ text, fault }: TextRecord): readonly ImportedOrderColumn[] {
  if (fault !== undefined) throw new UnreadableObjectError(`The header ${fault}`);
  return readHeader(text);
}
