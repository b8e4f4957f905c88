import type { OrderFigures, Revenue, StatusFigures } from '../../../contracts/api/search-analytics.ts';
import { OrderStatus, SOLD } from '../../../contracts/items/order-status.ts';
import type { Currency } from '../../../contracts/money.ts';
import { InvalidRequestError } from '../../core/request-errors.ts';
import type { AnalyticsRow } from './analytics-answer.ts';

/** The figures that rows of one key come to. @throws InvalidRequestError where a sum is not exact. */
export const orderFigures = (rows: readonly AnalyticsRow[]): OrderFigures => ({
  ...figures(rows.filter(({ status }) => SOLD.has(status))),
  byStatus: OrderStatus.options.flatMap((status): StatusFigures[] => {
    const ofStatus = rows.filter((row) => row.status === status);
    return ofStatus.length === 0 ? [] : [{ status, ...figures(ofStatus) }];
  }),
});

function figures(rows: readonly AnalyticsRow[]): Omit<OrderFigures, 'byStatus'> {
  const amounts = new Map<Currency, number>();
  for (const { currency, revenue } of rows)
    amounts.set(currency, exact((amounts.get(currency) ?? 0) + revenue));
  return {
    orders: rows.reduce((sum, { orders }) => sum + orders, 0),
    units: rows.reduce((sum, { units }) => exact(sum + units), 0),
    revenue: [...amounts].map(([currency, amount]): Revenue => ({ currency, amount })).toSorted(byCurrency),
  };
}

const byCurrency = (one: Revenue, other: Revenue): number => (one.currency < other.currency ? -1 : 1);

/**
 * OpenSearch and JavaScript add in doubles, which hold each integer up to 2^53. Nothing that is added is negative, so a sum below
 * that was never beyond it on the way.
 */
function exact(sum: number): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new InvalidRequestError('The orders come to more than can be added up exactly.', [
    { in: 'query', field: 'from', message: 'must be later, so that the span has fewer orders' },
  ]);
}
