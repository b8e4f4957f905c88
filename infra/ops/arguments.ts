import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WHOLE_NUMBER = /^[1-9]\d*$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const AGE = /^(\d+)([smhd])$/;
/** The most parts of the table that a command reads at once: each is a connection. */
export const SEGMENTS_MAX = 100;
/** What differs is waited for in between; no stream is a day late that is not also stuck. */
const SECONDS_MAX = 86_400;
/** A day, or an instant that names its time zone: what JavaScript reads beside these it guesses. */
const InstantText = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  // Minutes without seconds.
  z.iso.datetime({ offset: true, precision: -1 }),
]);

/** A whole number of at least 1, in decimal digits. @throws InvalidArgumentError */
export const count = (text: string): number => countUpTo(Number.MAX_SAFE_INTEGER)(text);

/** A whole number between 1 and a bound, in decimal digits. @throws InvalidArgumentError */
export const countUpTo =
  (max: number) =>
  (text: string): number => {
    const value = WHOLE_NUMBER.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= max) return value;
    const bound = max === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `between 1 and ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${bound}.`);
  };

/** Seconds, also parts of one, a day of them at most. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : SECONDS_MAX + 1;
  if (value <= SECONDS_MAX) return value;
  throw new InvalidArgumentError(`It must be a number between 0 and ${SECONDS_MAX}.`);
}

/**
 * An instant, `2026-03-01T12:00Z`, a day, `2026-03-01`, which begins at midnight UTC, or how long ago it was: `30m`, `12h`,
 * `2d`. A bare number is none of these: JavaScript takes `7` for a month and `3600` for a year.
 *
 * @throws InvalidArgumentError
 */
export function instantOrAge(text: string): Date {
  const [, amount, unit = ''] = AGE.exec(text) ?? [];
  const isInstant = amount !== undefined || read(InstantText, text).success;
  const at =
    amount === undefined ? new Date(text) : new Date(Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0));
  if (isInstant && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError(
    'It must be an instant, such as 2026-03-01T12:00Z, or an age: 30m, 12h, 2d.',
  );
}

/** A name that is not empty: an empty one is a variable of the shell that is not set. @throws InvalidArgumentError */
export function named(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}
