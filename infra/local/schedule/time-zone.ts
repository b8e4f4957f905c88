import { InvalidScheduleError } from './invalid-schedule-error.ts';

/** A local time, to the minute. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const MS_PER_DAY = 86_400_000;

/** Converts instants to the local time of a time zone, and back. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  /** @throws InvalidScheduleError for a name that the IANA database does not have. */
  constructor(name: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US-u-ca-gregory', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidScheduleError(`There is no time zone ${name}`, { cause: error });
    }
  }

  wallTimeOf(instant: Date): WallTime {
    const parts = new Map(
      this.#format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return {
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: part('hour'),
      minute: part('minute'),
    };
  }

  /** The first instant with a local time; `undefined` if the clocks skip it in spring. */
  instantOf(wall: WallTime): Date | undefined {
    const asUtc = utcOf(wall);
    // The offset changes at most once within two days, so one of the offsets around the time is correct.
    const instants = [asUtc - MS_PER_DAY, asUtc + MS_PER_DAY]
      .map((nearby) => asUtc - (utcOf(this.wallTimeOf(new Date(nearby))) - nearby))
      .filter((instant) => utcOf(this.wallTimeOf(new Date(instant))) === asUtc);
    return instants.length === 0 ? undefined : new Date(Math.min(...instants));
  }
}

const utcOf = ({ year, month, day, hour, minute }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute);
