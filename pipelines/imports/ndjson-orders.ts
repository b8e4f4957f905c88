import type { ImportPosition } from '../../contracts/imports/import-report.ts';
import { ImportedOrder } from '../../contracts/imports/imported-order.ts';
import { read } from '../../contracts/reading.ts';
import { reasonOf } from './errors.ts';
import type { ImportUnit } from './import-unit.ts';
import { type BlankRecords, splitRecords, type TextRecord } from './record-splitter.ts';

/** Reads NDJSON, an order a line. A line that is no order is a rejected row. See https://github.com/ndjson/ndjson-spec. */
export async function* ndjsonOrders(
  chunks: AsyncIterable<Uint8Array>,
  from: ImportPosition,
): AsyncGenerator<ImportUnit> {
  for await (const record of splitRecords('ndjson', chunks, from)) yield unitOf(record);
}

function unitOf(record: TextRecord | BlankRecords): ImportUnit {
  const { next } = record;
  if (record.place === undefined) return { kind: 'rejected', next, rows: [] };
  const { place, text, fault } = record;
  const order = fault ?? readOrder(text);
  return typeof order === 'string'
    ? { kind: 'rejected', next, rows: [{ ...place, reason: order }] }
    : { kind: 'order', next, rows: [place], order };
}

/** The order, or why there is none. */
function readOrder(text: string): ImportedOrder | string {
  const json = jsonOf(text);
  if (json === undefined) return 'is not JSON';
  const order = read(ImportedOrder, json);
  return order.success ? order.data : reasonOf(order.error);
}

/** `undefined`, which is no JSON value, where the text is no JSON. The parser's error is discarded: it quotes the text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
