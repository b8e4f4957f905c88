import type { SearchAnalyticsQuery } from '../../../contracts/api/search-analytics.ts';
import { Day } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { InvalidRequestError } from '../../core/request-errors.ts';

/** How many days a span has unless it is told. */
export const SPAN_DAYS_DEFAULT = 30;
/** How many days a span may have. */
export const SPAN_DAYS_MAX = 366;

const MS_PER_DAY = 86_400_000;
const DAY_CHARACTERS = 'yyyy-mm-dd'.length;

/** A span of whole days in UTC; both belong to it. */
export interface AnalyticsSpan {
  readonly from: Day;
  readonly to: Day;
}

/**
 * The span that a query asks for. Without an end it ends today, and without a start it is {@link SPAN_DAYS_DEFAULT} days long.
 *
 * @throws InvalidRequestError when it ends before it starts, or is longer than {@link SPAN_DAYS_MAX} days.
 */
export function analyticsSpan(
  { from, to }: Pick<SearchAnalyticsQuery, 'from' | 'to'>,
  now: Date,
): AnalyticsSpan {
  const end = to ?? dayOf(now);
  const start = from ?? dayOf(new Date(Date.parse(end) - (SPAN_DAYS_DEFAULT - 1) * MS_PER_DAY));
  const days = (Date.parse(end) - Date.parse(start)) / MS_PER_DAY + 1;
  if (days < 1) throw refusal('must not be after `to`, which is today unless it is given');
  if (days > SPAN_DAYS_MAX) throw refusal(`must be ${SPAN_DAYS_MAX - 1} days before \`to\` at most`);
  return { from: start, to: end };
}

const dayOf = (date: Date): Day => parse(Day, date.toISOString().slice(0, DAY_CHARACTERS));
const refusal = (message: string): InvalidRequestError =>
  new InvalidRequestError('The span of time cannot be told.', [{ in: 'query', field: 'from', message }]);
