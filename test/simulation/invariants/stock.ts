import { LOW_STOCK_MAX } from '../../../contracts/entities/product.ts';
import type { Image } from '../models/attribute-value.ts';
import type { Change } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { isOf, numberOf, piecesOf, textOf } from './images.ts';

/**
 * At each step, for each sku: `stock + reserved = received`, none below zero, and what is reserved is what the reservations
 * hold. Since every write of a reservation changes the stock in its transaction, this holds between any two requests. A product with
 * low stock is in its index. An order is refused only if since its creation one of its products had less than it needs.
 */
export class StockInvariant implements Observer {
  readonly #products = new Map<string, Image>();
  readonly #held = new Map<string, number>();
  /** For each order, the least stock of each product since the order was created. */
  readonly #leastSince = new Map<string, Map<string, number>>();

  committed(changes: readonly Change[]): void {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      if (isOf(after, 'Product') && after !== undefined) {
        this.#products.set(textOf(after, 'sku'), after);
        touched.add(textOf(after, 'sku'));
      }
      if (isOf(after, 'Order') && after !== undefined) this.#beginOrder(after);
      if (isOf(after ?? before, 'Reservation')) {
        this.#count(before, -1, touched);
        this.#count(after, 1, touched);
        if (textOf(after, 'state') === 'REJECTED' && textOf(before, 'state') !== 'REJECTED')
          this.#checkRefusal(after);
      }
    }
    for (const sku of touched) this.#check(sku);
  }

  #beginOrder(order: Image): void {
    const orderId = textOf(order, 'orderId');
    if (textOf(order, 'status') !== 'placed' || this.#leastSince.has(orderId)) return;
    const stocks = [...this.#products].map(([sku, product]) => [sku, numberOf(product, 'stock')] as const);
    this.#leastSince.set(orderId, new Map(stocks));
  }

  #checkRefusal(reservation: Image | undefined): void {
    const orderId = textOf(reservation, 'orderId');
    const least = this.#leastSince.get(orderId);
    if (least === undefined) return;
    if (![...piecesOf(reservation)].some(([sku, pieces]) => pieces > (least.get(sku) ?? 0)))
      throw new InvariantViolation(
        'refused only without stock',
        `${orderId} was refused and had all it needs`,
      );
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
    for (const least of this.#leastSince.values()) least.set(sku, Math.min(stock, least.get(sku) ?? stock));
    if (stock < LOW_STOCK_MAX && product?.['GSI2PK'] === undefined)
      throw new InvariantViolation('low stock is in its index', reported);
    if (stock < 0 || reserved < 0) throw new InvariantViolation('never below zero', reported);
    if (stock + reserved !== received) throw new InvariantViolation('conservation per sku', reported);
    if (reserved !== held) throw new InvariantViolation('reserved = what reservations hold', reported);
  }
}
