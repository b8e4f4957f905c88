import { ImportedOrderColumn } from '../../../contracts/api/imported-order-row.ts';
import type { Superstore, SuperstoreOrder } from './superstore.ts';

/** The orders as a CSV that can be imported: a row an order line. */
export function superstoreCsv({ orders }: Pick<Superstore, 'orders'>): string {
  const rows = [ImportedOrderColumn.options.join(','), ...orders.flatMap(rowsOf)];
  return rows.map((row) => `${row}\r\n`).join('');
}

function rowsOf({ placedAt, shipTo, lines, ...order }: SuperstoreOrder): readonly string[] {
  return lines.map((line) => {
    const fields: Record<ImportedOrderColumn, string | number> = {
      ...order,
      placedAt: placedAt.toISOString(),
      shipToName: shipTo.name,
      shipToCity: shipTo.city,
      shipToState: shipTo.state,
      shipToPostalCode: shipTo.postalCode ?? '',
      shipToRegion: shipTo.region,
      shipToCountry: shipTo.country,
      ...line,
    };
    return ImportedOrderColumn.options.map((column) => quoted(String(fields[column]))).join(',');
  });
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
