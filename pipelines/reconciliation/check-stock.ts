import type { ProductItem } from '../../contracts/entities/product.ts';
import { productKey } from '../../contracts/entities/product.ts';
import type { ReservationItem } from '../../contracts/entities/reservation.ts';
import { Sku } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { scanTable } from '../dynamodb/scan-table.ts';
import type { Difference } from './findings.ts';
import { type CheckedTable, readAllCurrent } from './read-table.ts';
import type { SumCheck } from './recheck.ts';

const CHECK = 'stock';

/** The parts of a product that the stock check uses. */
export type StockFigures = Pick<ProductItem, 'sku' | 'stock' | 'reserved' | 'received'>;

/** The pieces of each sku that RESERVED reservations hold. */
export class HeldPieces {
  readonly bySku = new Map<Sku, number>();

  /** Counts a reservation in. */
  add({ state, lines }: ReservationItem): void {
    if (state !== 'RESERVED') return;
    for (const { sku, quantity } of lines) this.bySku.set(sku, (this.bySku.get(sku) ?? 0) + quantity);
  }
}

/**
 * Checks that no piece was lost or made up: for each sku `stock + reserved = received`, and what is reserved is what the
 * RESERVED reservations hold together.
 */
export function compareStock(
  products: Iterable<StockFigures>,
  reservations: Iterable<ReservationItem>,
): readonly Difference[] {
  const held = new HeldPieces();
  for (const reservation of reservations) held.add(reservation);
  return compareHeld(products, held.bySku);
}

/** As {@link compareStock}, with what the reservations hold summed up already. */
export function compareHeld(
  products: Iterable<StockFigures>,
  heldBySku: ReadonlyMap<Sku, number>,
): readonly Difference[] {
  const held = new Map(heldBySku);
  const differences: Difference[] = [];
  for (const { sku, stock, reserved, received } of products) {
    if (stock + reserved !== received) {
      differences.push({
        check: CHECK,
        id: sku,
        detail: `stock ${stock} + reserved ${reserved} is not received ${received}`,
      });
    }
    const holding = held.get(sku) ?? 0;
    if (holding !== reserved) {
      differences.push({
        check: CHECK,
        id: sku,
        detail: `reserved is ${reserved} and the reservations hold ${holding}`,
      });
    }
    held.delete(sku);
  }
  for (const [sku, quantity] of held)
    differences.push({ check: CHECK, id: sku, detail: `${quantity} reserved of an unknown sku` });
  return differences;
}

/**
 * Each product's `stock + reserved = received`, and the reservations hold what is reserved. A difference is not caused by a missing
 * event, so no event repairs it. A product that violates its contract is not compared.
 */
export function stockCheck(table: CheckedTable): SumCheck {
  const read = async (skus: readonly string[]) => {
    const current = await readAllCurrent(
      table,
      skus.map((sku) => productKey(parse(Sku, sku))),
    );
    return {
      products: current.flatMap((item) =>
        item !== 'malformed' && item?.entityType === 'Product' ? [item] : [],
      ),
      compared: new Set(skus.filter((_, index) => current[index] !== 'malformed')),
    };
  };
  return {
    versions: async (skus) => new Map((await read(skus)).products.map(({ sku, version }) => [sku, version])),
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
      const { products, compared } = await read(skus);
      return compareHeld(products, new Map([...held.bySku].filter(([sku]) => compared.has(sku))));
    },
  };
}
