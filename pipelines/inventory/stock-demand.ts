import type { Sku, Version } from '../../contracts/ids.ts';
import type { OrderItem, OrderLine } from '../../contracts/items/order.ts';
import { GOODS_NOT_LEFT } from '../../contracts/items/order-status.ts';
import type { ReservationItem } from '../../contracts/items/reservation.ts';
import type { ChangeOf } from '../core/stream-change.ts';

/** What one version of an order asks of the stock: to hold its goods, or to free what is held for it. */
export interface StockDemand {
  readonly kind: 'hold' | 'free';
  readonly order: OrderItem;
  readonly orderVersion: Version;
}

/** Pieces of one sku. */
export type StockLine = ReservationItem['lines'][number];

/**
 * What a change of an order asks of the stock, by the status it leaves: `placed` holds, `cancelled` frees, and so does a
 * removal while the goods are still in the warehouse. An order that is first seen as `confirmed` (an imported one) holds too;
 * one that is first seen later has taken its goods already. `undefined`: nothing is asked.
 */
export function stockDemandOf(change: ChangeOf<'Order'>): StockDemand | undefined {
  const orderVersion = change.version;
  if (change.kind === 'REMOVE') {
    const order = change.oldItem;
    return GOODS_NOT_LEFT.has(order.status) ? { kind: 'free', order, orderVersion } : undefined;
  }
  const order = change.newItem;
  switch (order.status) {
    case 'placed':
      return { kind: 'hold', order, orderVersion };
    case 'confirmed':
      return change.kind === 'INSERT' ? { kind: 'hold', order, orderVersion } : undefined;
    case 'cancelled':
      return { kind: 'free', order, orderVersion };
    default:
      return undefined;
  }
}

/** An order's pieces by sku: repeated lines of one sku are summed, since a transaction may touch an item once only. */
export function stockLinesOf(lines: readonly Pick<OrderLine, 'sku' | 'quantity'>[]): StockLine[] {
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
