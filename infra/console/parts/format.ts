import { minorUnitDigits } from '../../../contracts/money.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { zoneName } from '../data/settings.ts';

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

/** A count, as the reader's language writes it. */
export const count = (value: number): string => new Intl.NumberFormat().format(value);

/** A count and what it counts. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A rate a second, with one digit where it is small. */
export const rate = (perSecond: number): string =>
  `${new Intl.NumberFormat(undefined, { maximumFractionDigits: perSecond < 10 ? 1 : 0 }).format(perSecond)}/s`;

/** A duration in seconds, short. */
export function seconds(value: number): string {
  if (value < 120) return `${Math.round(value)} s`;
  if (value < 7_200) return `${Math.round(value / 60)} min`;
  return value < 172_800 ? `${Math.round(value / 3_600)} h` : `${Math.round(value / 86_400)} d`;
}

/** A duration in seconds as a clock writes it: `2:07`, or `1:02:07`. */
export function clockTime(value: number): string {
  const total = Math.round(value);
  const parts = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/** How long ago, short. */
export function ago(at: string | Date, nowMs: number): string {
  const past = (nowMs - new Date(at).getTime()) / MS_PER_SECOND;
  return past < 0 ? `in ${seconds(-past)}` : `${seconds(past)} ago`;
}

/** A time that is none stays as it is: an address may have any. */
const formatOf = (options: Intl.DateTimeFormatOptions, at: string | Date): string =>
  Number.isNaN(new Date(at).getTime())
    ? String(at)
    : new Intl.DateTimeFormat('en-GB', { timeZone: zoneName(), ...options }).format(new Date(at));
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const ZONE = { timeZoneName: 'short' } as const;

/** The date and the time to the millisecond, with the zone. */
export const exactTime = (at: string | Date): string =>
  formatOf({ ...DATE, ...CLOCK, fractionalSecondDigits: 3, ...ZONE }, at);

/** The time of the day with the zone; with the date where it is another day than today. */
export function timeOfDay(at: string | Date, nowMs = Date.now()): string {
  const isToday = formatOf(DATE, at) === formatOf(DATE, new Date(nowMs));
  return formatOf({ ...(isToday ? {} : DATE), ...CLOCK, ...ZONE }, at);
}

/** Two times of the day with the zone; a date only where it is another day than today, and once if both are of one day. */
export function timeSpan(from: string, to: string): string {
  const isOneDay = formatOf(DATE, from) === formatOf(DATE, to);
  const first = timeOfDay(from).replace(/ \S+$/, '');
  return `${first} – ${isOneDay ? formatOf({ ...CLOCK, ...ZONE }, to) : timeOfDay(to)}`;
}

/** Hours and minutes, for an axis. */
export const hourAndMinute = (at: Date): string => formatOf({ hour: '2-digit', minute: '2-digit' }, at);

/** Latency between two instants: `+1.1 s`. */
export function latency(from: string, to: string): string {
  const past = (Date.parse(to) - Date.parse(from)) / MS_PER_SECOND;
  if (past < 0) return '+0 s';
  return past < 10 ? `+${past.toFixed(1)} s` : `+${seconds(past)}`;
}

/** The end of a long id, which is what differs. */
export const shortId = (id: string): string => (id.length > 10 ? `…${id.slice(-7)}` : id);

/** A code of the system in words: `contract-violation` is a contract violation. */
export const words = (code: string): string => code.replaceAll(/[-_]/g, ' ').toLowerCase();

/** The path of a field as its item has it: a record's image is no part of it. */
export const fieldOf = (path: string): string => path.replace(/^(?:NewImage|OldImage)\./, '');
