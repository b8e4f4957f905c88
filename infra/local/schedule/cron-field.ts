import { InvalidScheduleError } from './invalid-schedule-error.ts';

/** The allowed values of a field of a cron expression. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on, such as JAN. */
  readonly names?: readonly string[];
}

export const MINUTES: CronField = { name: 'minutes', min: 0, max: 59 };
export const HOURS: CronField = { name: 'hours', min: 0, max: 23 };
export const DAYS_OF_MONTH: CronField = { name: 'day-of-month', min: 1, max: 31 };
export const MONTHS: CronField = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
export const DAYS_OF_WEEK: CronField = {
  name: 'day-of-week',
  min: 1,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
export const YEARS: CronField = { name: 'year', min: 1970, max: 2199 };

const ELEMENT = /^(?:(?<any>\*)|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/;

/**
 * The values, in ascending order, of a field that lists values, ranges, `*` and steps: `0,10-20,30/5`.
 *
 * @throws InvalidScheduleError
 */
export function cronValues(text: string, field: CronField): readonly number[] {
  const values = text.split(',').flatMap((element) => valuesOf(element, field));
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** One value of a field, as a number or by its name. @throws InvalidScheduleError */
export function cronValue(text: string, field: CronField): number {
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = index >= 0 ? field.min + index : Number(/^\d+$/.exec(text)?.[0] ?? Number.NaN);
  if (Number.isNaN(value) || value < field.min || value > field.max) throw invalid(text, field);
  return value;
}

/** The error for an invalid field. */
export const invalid = (text: string, { name, min, max }: CronField): InvalidScheduleError =>
  new InvalidScheduleError(`${text} is not a valid ${name}, which is from ${min} to ${max}`);

function valuesOf(element: string, field: CronField): readonly number[] {
  const { any, from = '', to, step } = ELEMENT.exec(element)?.groups ?? {};
  const first = any === undefined ? cronValue(from, field) : field.min;
  // `5/10` is a range from 5 to the end; `5` is one value.
  const isOpen = any !== undefined || (to === undefined && step !== undefined);
  const last = isOpen ? field.max : cronValue(to ?? from, field);
  const by = Number(step ?? 1);
  if (last < first || by < 1) throw invalid(element, field);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}
