import * as z from 'zod';
import type { ListOrdersByStatusQuery, OrderPage } from '../../contracts/api/order-lists.ts';
import { statusPartition } from '../../contracts/keys.ts';
import type { Clock } from '../core/clock.ts';
import { type OrderListDeps, orderPage } from './order-page.ts';
import { OrderWindow, orderWindow } from './order-window.ts';
import { OrderPosition, queryOrders } from './query-orders.ts';

export interface ListOrdersByStatusDeps extends OrderListDeps {
  readonly clock: Pick<Clock, 'now'>;
}

/** The window goes from page to page with the position: the last 7 days of the second page are those of the first. */
const PositionInWindow = z.object({ window: OrderWindow, after: OrderPosition });

/**
 * Lists all orders of a status that were placed in a window, the newest first. Eventually consistent, as GSI1 is.
 *
 * @throws InvalidRequestError for a window that ends before it starts; InvalidPageTokenError.
 */
export function listOrdersByStatus(
  deps: ListOrdersByStatusDeps,
  { caller, limit, nextToken, ...query }: ListOrdersByStatusQuery & { readonly caller: string },
): Promise<OrderPage> {
  const asked = { scope: { operation: 'listOrdersByStatus', query, caller }, nextToken };
  return orderPage(deps, asked, PositionInWindow, async (position) => {
    const window = position?.window ?? orderWindow(query, deps.clock.now());
    const { items, next } = await queryOrders(deps, {
      index: 'GSI1',
      keyCondition: 'GSI1PK = :status AND GSI1SK BETWEEN :from AND :to',
      keyValues: { ':status': statusPartition(query.status), ':from': window.from, ':to': window.to },
      limit,
      startAfter: position?.after,
    });
    return { items, next: next && { window, after: next } };
  });
}
