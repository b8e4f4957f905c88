import * as z from 'zod';
import type { ListOrdersByStatusQuery, OrderPage } from '../../contracts/api/orders.ts';
import { OrderItem } from '../../contracts/entities/order.ts';
import { Day, Instant } from '../../contracts/ids.ts';
import { read } from '../../contracts/reading.ts';
import { MS_PER_DAY } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { KeptItems } from '../paging/read-page.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { type OrderListDeps, orderBytes, orderPage, PAGE_BYTES_MAX } from './query-orders.ts';
import { readStatusIndex, StatusPosition, type StatusSpread } from './status-index.ts';

/** The default number of days from the start of a window to its end. */
export const WINDOW_DAYS_DEFAULT = 7;

/** A span of time; both ends belong to it. */
const OrderWindow = z.object({ from: Instant, to: Instant });
type OrderWindow = z.infer<typeof OrderWindow>;

/**
 * The window that a query asks for. A day counts from its first millisecond to its last one; without an end the window ends
 * now, and without a start it is {@link WINDOW_DAYS_DEFAULT} days long.
 *
 * @throws InvalidRequestError when it would end before it starts.
 */
export function orderWindow(
  { from, to }: Pick<ListOrdersByStatusQuery, 'from' | 'to'>,
  now: Date,
): OrderWindow {
  const end = to === undefined ? now : lastMoment(to);
  const start =
    from === undefined ? new Date(end.getTime() - WINDOW_DAYS_DEFAULT * MS_PER_DAY) : new Date(from);
  if (start > end) {
    throw new InvalidRequestError('The span of time ends before it starts.', [
      { in: 'query', field: 'from', message: 'must not be after `to`, which is now unless it is given' },
    ]);
  }
  return { from: instantOf(start), to: instantOf(end) };
}

/** The last millisecond that a moment of {@link DayOrInstant} means. */
export const lastMoment = (moment: string): Date =>
  new Date(Date.parse(moment) + (read(Day, moment).success ? MS_PER_DAY - 1 : 0));

export interface ListOrdersByStatusDeps extends OrderListDeps, StatusSpread {
  readonly clock: Pick<Clock, 'now'>;
}

/** The window goes from page to page with the position: the last 7 days of the second page are those of the first. */
const PositionInWindow = z.object({ window: OrderWindow, after: StatusPosition });

/**
 * Lists all orders of a status that were placed in a window, the newest first. Eventually consistent, as GSI1 is.
 * An order that breaks the contract is left out, with a warning.
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
    const kept = new KeptItems(OrderItem);
    const { items, next } = await readStatusIndex<OrderItem>(deps, {
      status: query.status,
      window,
      first: 'newest',
      itemsOf: (images) => kept.of(images),
      limit,
      bytesMax: PAGE_BYTES_MAX,
      bytesOf: orderBytes,
      startAfter: position?.after,
    });
    kept.warn(deps.logger, 'Orders');
    return { items, next: next && { window, after: next } };
  });
}
