import * as z from 'zod';
import type { ListOrdersByStatusQuery } from '../../contracts/api/order-lists.ts';
import { Day, Instant } from '../../contracts/ids.ts';
import { read } from '../../contracts/reading.ts';
import { instantOf } from '../core/clock.ts';
import { InvalidRequestError } from '../core/request-errors.ts';

/** How far a window reaches back from its end unless it is told. */
export const WINDOW_DAYS_DEFAULT = 7;

const MS_PER_DAY = 86_400_000;

/** A span of time; both ends belong to it. */
export const OrderWindow = z.object({ from: Instant, to: Instant });
export type OrderWindow = z.infer<typeof OrderWindow>;

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
