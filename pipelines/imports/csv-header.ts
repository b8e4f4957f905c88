import { ImportedOrderColumn, REQUIRED_COLUMNS } from '../../contracts/api/imported-order-row.ts';
import { read } from '../../contracts/reading.ts';
import { fieldsOf } from './csv-row.ts';
import { UnreadableObjectError } from './errors.ts';

/**
 * The columns that a CSV's first row names, in their order.
 *
 * @throws UnreadableObjectError unless they are the columns of an order, each at most once and none missing. It tells an
 * unknown one by its place: without a header it is a value.
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
