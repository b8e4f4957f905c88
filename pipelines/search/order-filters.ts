import type { SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import { instantOf } from '../core/clock.ts';
import { InvalidRequestError } from '../core/request-errors.ts';
import { lastMoment } from '../orders/order-window.ts';
import type { QueryClause } from './order-text-query.ts';

type Ranges = Pick<SearchOrdersQuery, 'from' | 'to' | 'totalMin' | 'totalMax'>;

/**
 * The clauses for dates and totals; both ends belong to a range, and either may be open.
 *
 * @throws InvalidRequestError for a range that ends before it starts.
 */
export function rangeFilters({ from, to, totalMin, totalMax }: Ranges): readonly QueryClause[] {
  const start = from && instantOf(new Date(from));
  const end = to && instantOf(lastMoment(to));
  return [
    ...rangeFilter('createdAt', { start, end, names: ['from', 'to'] }),
    ...rangeFilter('total', { start: totalMin, end: totalMax, names: ['totalMin', 'totalMax'] }),
  ];
}

interface Range<Value> {
  readonly start: Value | undefined;
  readonly end: Value | undefined;
  readonly names: readonly [start: string, end: string];
}

function rangeFilter<Value extends string | number>(
  field: string,
  { start, end, names: [startName, endName] }: Range<Value>,
): readonly QueryClause[] {
  if (start === undefined && end === undefined) return [];
  if (start !== undefined && end !== undefined && start > end)
    throw new InvalidRequestError('A range ends before it starts.', [
      { in: 'query', field: startName, message: `must not be above \`${endName}\`` },
    ]);
  return [
    {
      range: {
        [field]: { ...(start !== undefined && { gte: start }), ...(end !== undefined && { lte: end }) },
      },
    },
  ];
}
