import type { Image } from '../models/attribute-value.ts';
import type { Change } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { isOf, numberOf, piecesOf, textOf } from './images.ts';

/**
 * At each step, for each sku: `stock + reserved = received`, none below zero, and what is reserved is what the reservations
 * hold. Since every write of a reservation changes the stock in its transaction, this holds between any two requests.
 */
export class StockInvariant implements Observer {
  readonly #products = new Map<string, Image>();
  readonly #held = new Map<string, number>();

  committed(changes: readonly Change[]): void {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      if (isOf(after, 'Product') && after !== undefined) {
        this.#products.set(textOf(after, 'sku'), after);
        touched.add(textOf(after, 'sku'));
      }
      if (isOf(after ?? before, 'Reservation')) {
        this.#count(before, -1, touched);
        this.#count(after, 1, touched);
      }
    }
    for (const sku of touched) this.#check(sku);
  }

  #count(reservation: Image | undefined, sign: 1 | -1, touched: Set<string>): void {
    if (textOf(reservation, 'state') !== 'RESERVED') return;
    for (const [sku, pieces] of piecesOf(reservation)) {
      this.#held.set(sku, (this.#held.get(sku) ?? 0) + sign * pieces);
      touched.add(sku);
    }
  }

  #check(sku: string): void {
    const product = this.#products.get(sku);
    const [stock, reserved, received] = ['stock', 'reserved', 'received'].map((name) =>
      numberOf(product, name),
    );
    if (stock === undefined || reserved === undefined || received === undefined) return;
    const held = this.#held.get(sku) ?? 0;
    const reported = `${sku}: stock ${stock}, reserved ${reserved}, received ${received}, held by reservations ${held}`;
    if (stock < 0 || reserved < 0) throw new InvariantViolation('never below zero', reported);
    if (stock + reserved !== received) throw new InvariantViolation('conservation per sku', reported);
    if (reserved !== held) throw new InvariantViolation('reserved = what reservations hold', reported);
  }
}
