import { minorUnitDigits } from '../../contracts/money.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';

/** An amount in minor units, as the reader's language writes it. */
export function money(minorUnits: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const format = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(minorUnits / 10 ** digits);
}

/** An instant in the reader's own time. */
export const time = (instant: string): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(instant));

/** A duration in seconds, short. */
export function seconds(value: number): string {
  if (value < 120) return `${value} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3_600)} h`;
}

/** How long ago, short. */
export const ago = (at: Date): string =>
  seconds(Math.max(0, Math.round((Date.now() - at.getTime()) / MS_PER_SECOND)));

/** A count, as the reader's language writes it. */
export const count = (value: number): string => new Intl.NumberFormat().format(value);
