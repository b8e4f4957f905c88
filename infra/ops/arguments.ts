import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A whole number of at least 1. @throws InvalidArgumentError */
export function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

/** Seconds, also parts of one. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

/** An instant, `2026-03-01T12:00Z`, or how long ago it was: `30m`, `12h`, `2d`. @throws InvalidArgumentError */
export function instantOrAge(text: string): Date {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const at =
    amount === undefined ? new Date(text) : new Date(Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0));
  if (!Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError(
    'It must be an instant, such as 2026-03-01T12:00Z, or an age: 30m, 12h, 2d.',
  );
}
