import { Instant, Version } from '../contracts/ids.ts';
import { parse } from '../contracts/reading.ts';

/** The time, passed in so that a test can set it. */
export interface Clock {
  now(): Date;
  /** A version for an item that is written for the first time: the clock's microseconds. */
  firstVersion(): Version;
}

const MICROS_PER_MS = 1_000;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  firstVersion: () => {
    // performance.now() alone stops while Lambda freezes the process, so it provides only the last three digits.
    const micros = Math.floor((performance.now() % 1) * MICROS_PER_MS);
    return parse(Version, Date.now() * MICROS_PER_MS + micros);
  },
};

/** The instant of a date, ISO 8601 in UTC. */
export const instantOf = (date: Date): Instant => parse(Instant, date.toISOString());
