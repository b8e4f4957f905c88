import type { ProductItem } from '../../contracts/items/product.ts';
import type { ReservationItem } from '../../contracts/items/reservation.ts';
import type { Difference } from './difference.ts';

const CHECK = 'stock';

/**
 * Checks that no piece was lost or made up: for each sku `stock + reserved = received`, and what is reserved is what the
 * RESERVED reservations hold together.
 */
export function compareStock(
  products: Iterable<ProductItem>,
  reservations: Iterable<ReservationItem>,
): readonly Difference[] {
  const held = new Map<string, number>();
  for (const { state, lines } of reservations) {
    if (state !== 'RESERVED') continue;
    for (const { sku, quantity } of lines) held.set(sku, (held.get(sku) ?? 0) + quantity);
  }
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
