import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { Instant } from '../../../contracts/ids.ts';
import { read, valueIssues } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const POSITIVE_INTEGER = /^[1-9]\d*$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const AGE = /^(\d+)([smhd])$/;
/** The most segments of the table that a command scans in parallel: each is a connection. */
export const SEGMENTS_MAX = 100;
/** A command waits this long at most between two comparisons, and no lag that it waits for is longer: a stream that is a day behind is stuck. */
const SECONDS_MAX = 86_400;
/** A day, or an instant that names its time zone. JavaScript's `Date` guesses at any other text. */
const InstantText = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  // Minutes without seconds.
  z.iso.datetime({ offset: true, precision: -1 }),
]);

/**
 * What a schema reads. Where the schema refuses it, the error has the schema's own words, or `expected`.
 *
 * @throws InvalidArgumentError
 */
export const readAs =
  <Schema extends z.ZodType>(schema: Schema, expected?: string) =>
  (value: unknown): z.output<Schema> => {
    const result = read(schema, value);
    if (result.success) return result.data;
    const words = valueIssues(result.error).map(({ message }) => message);
    throw new InvalidArgumentError(expected ?? `It ${words.join(' and ')}.`);
  };

/** An integer of at least 1, in decimal digits. @throws InvalidArgumentError */
export const count = (text: string): number => countUpTo(Number.MAX_SAFE_INTEGER)(text);

/** An integer between 1 and a limit, in decimal digits. @throws InvalidArgumentError */
export const countUpTo =
  (max: number) =>
  (text: string): number => {
    const value = POSITIVE_INTEGER.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= max) return value;
    const bound = max === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `between 1 and ${max}`;
    throw new InvalidArgumentError(`It must be an integer ${bound}.`);
  };

/** A duration of at least a second, such as `30s`, `2m` or `1h`, in seconds: up to one day, or to a limit. @throws InvalidArgumentError */
export const duration =
  (secondsMax = SECONDS_MAX) =>
  (text: string): number => {
    const [, amount, unit = ''] = AGE.exec(text) ?? [];
    const value = (Number(amount) * (UNIT_MS[unit] ?? 0)) / MS_PER_SECOND;
    if (value >= 1 && value <= secondsMax) return value;
    throw new InvalidArgumentError(`It must be a duration of at most ${secondsMax} s, such as 30s or 2m.`);
  };

/** Seconds, with or without decimals, up to one day. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : SECONDS_MAX + 1;
  if (value <= SECONDS_MAX) return value;
  throw new InvalidArgumentError(`It must be a number between 0 and ${SECONDS_MAX}.`);
}

/**
 * An instant (`2026-03-01T12:00Z`), a day, which begins at midnight UTC (`2026-03-01`), or an age (`30m`, `12h`, `2d`).
 * A number without a unit is refused: JavaScript reads `7` as a month and `3600` as a year.
 *
 * @throws InvalidArgumentError
 */
export function instantOrAge(text: string): Instant {
  const [, amount, unit = ''] = AGE.exec(text) ?? [];
  const at =
    amount === undefined
      ? new Date(read(InstantText, text).data ?? Number.NaN)
      : new Date(Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0));
  // As JSON, an invalid date is null.
  return readAs(
    Instant,
    'It must be an instant, such as 2026-03-01T12:00Z, or an age: 30m, 12h, 2d.',
  )(at.toJSON());
}

/** A name that is not empty. An empty one usually comes from a shell variable that is not set. @throws InvalidArgumentError */
export function named(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}
