import { Sku } from '../../contracts/ids.ts';
import { productKey } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { scanTable } from '../core/scan-table.ts';
import { compareHeld, HeldPieces } from './compare-stock.ts';
import type { SumCheck } from './settle-sums.ts';
import { type CheckedTable, readItems } from './table-reads.ts';

/** Each product's `stock + reserved = received`, and the reservations hold what is reserved. No event is missing where they do not, so none mends it. */
export function stockCheck(table: CheckedTable): SumCheck {
  const read = async (skus: readonly string[]) => {
    const items = await readItems(
      table,
      skus.map((sku) => productKey(parse(Sku, sku))),
    );
    return items.flatMap((item) => (item.entityType === 'Product' ? [item] : []));
  };
  return {
    versions: async (skus) => new Map((await read(skus)).map(({ sku, version }) => [sku, version])),
    compare: async (skus, signal) => {
      const held = new HeldPieces();
      await scanTable(
        table.dynamoDb,
        { ...table, entityTypes: ['Reservation'], signal },
        {
          item: (item) => {
            if (item.entityType === 'Reservation') held.add(item);
          },
          malformed: () => undefined,
        },
      );
      const meant = new Set(skus);
      return compareHeld(await read(skus), new Map([...held.bySku].filter(([sku]) => meant.has(sku))));
    },
  };
}
