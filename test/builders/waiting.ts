import { vi } from 'vitest';

/**
 * How long a test waits for what must come, in milliseconds: less than a test may take, and more than it takes on a busy machine.
 * A mutant of the code keeps it from coming: those runs wait for less.
 */
export const CONDITION_MS = Number(process.env['CONDITION_MS'] ?? 50_000);
const CONDITION = { interval: 2, timeout: CONDITION_MS };

/** Waits until nothing is thrown, which may be due only after `dueMs`. @throws the last error {@link CONDITION_MS} later. */
export const eventually = <Result>(assertion: () => Result | Promise<Result>, dueMs = 0): Promise<Result> =>
  vi.waitFor(assertion, { ...CONDITION, timeout: dueMs + CONDITION_MS });

/** Waits until there is something. @throws Error after {@link CONDITION_MS}. */
export const until = <Found>(look: () => Found | Promise<Found>) => vi.waitUntil(look, CONDITION);
