import type { ImportPosition } from '../../contracts/imports/import-position.ts';
import { readHeader } from './csv-header.ts';
import { readRow, unknown } from './csv-row.ts';
import { UnreadableObjectError } from './errors.ts';
import type { ImportUnit } from './import-unit.ts';
import { OrderRows } from './order-rows.ts';
import { splitRecords, type TextRecord } from './record-splitter.ts';

/**
 * Reads CSV, an order line a row, the columns in the first one.
 *
 * @throws UnreadableObjectError for a header that is none.
 */
export async function* csvOrders(
  chunks: AsyncIterable<Uint8Array>,
  from: ImportPosition,
): AsyncGenerator<ImportUnit> {
  let { columns } = from;
  const orders = new OrderRows(from);
  for await (const record of splitRecords('csv', chunks, from)) {
    if (columns === undefined) {
      columns = [...readHeader(textOf(record))];
      continue;
    }
    const row = 'text' in record ? readRow(record.text, columns) : unknown(record.fault);
    yield* orders.add({ ...row, place: record.place, next: { ...record.next, columns } });
  }
  if (columns === undefined) throw new UnreadableObjectError('The object has no header');
  yield* orders.end();
}

function textOf(record: TextRecord): string {
  if ('text' in record) return record.text;
  throw new UnreadableObjectError(`The header ${record.fault}`);
}
