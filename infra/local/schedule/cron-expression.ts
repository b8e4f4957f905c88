import { cronDays, type MatchesDay } from './cron-days.ts';
import { cronValues, HOURS, MINUTES, MONTHS, YEARS } from './cron-field.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import type { TimeZone, WallTime } from './time-zone.ts';

/**
 * A cron expression of EventBridge Scheduler: minutes, hours, day-of-month, month, day-of-week and year. A time that does not exist
 * when the clocks change in spring is skipped. A time that occurs twice in autumn counts once.
 *
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 */
export class CronExpression {
  readonly #zone: TimeZone;
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];
  readonly #matchesDay: MatchesDay;
  readonly #months: ReadonlySet<number>;
  readonly #years: ReadonlySet<number>;

  /** @throws InvalidScheduleError */
  constructor(fields: string, zone: TimeZone) {
    const [minutes, hours, dayOfMonth, month, dayOfWeek, year, ...more] = fields.trim().split(/\s+/);
    if (
      minutes === undefined ||
      hours === undefined ||
      dayOfMonth === undefined ||
      month === undefined ||
      dayOfWeek === undefined ||
      year === undefined ||
      more.length > 0
    )
      throw new InvalidScheduleError(`cron(${fields}) must have six fields`);
    this.#zone = zone;
    this.#minutes = cronValues(minutes, MINUTES);
    this.#hours = cronValues(hours, HOURS);
    this.#matchesDay = cronDays(dayOfMonth, dayOfWeek);
    this.#months = new Set(cronValues(month, MONTHS));
    this.#years = new Set(cronValues(year, YEARS));
  }

  /** The first time after an instant; `undefined` if there is none. */
  next(after: Date): Date | undefined {
    const from = this.#zone.wallTimeOf(after);
    for (let day = from; day.year <= YEARS.max; day = this.#dayAfter(day)) {
      if (!this.#isDay(day)) continue;
      const next = this.#nextOn(day, after);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #isDay(day: WallTime): boolean {
    return this.#years.has(day.year) && this.#months.has(day.month) && this.#matchesDay(day);
  }

  #nextOn(day: WallTime, after: Date): Date | undefined {
    for (const hour of this.#hours) {
      for (const minute of this.#minutes) {
        // On the first day, earlier times have passed.
        if (hour < day.hour || (hour === day.hour && minute < day.minute)) continue;
        const instant = this.#zone.instantOf({ ...day, hour, minute });
        if (instant !== undefined && instant > after) return instant;
      }
    }
    return undefined;
  }

  /** The next day at midnight, or the start of the next month or year if this one has no further time. */
  #dayAfter({ year, month, day }: WallTime): WallTime {
    const next = this.#years.has(year)
      ? this.#months.has(month)
        ? new Date(Date.UTC(year, month - 1, day + 1))
        : new Date(Date.UTC(year, month, 1))
      : new Date(Date.UTC(year + 1, 0, 1));
    return {
      year: next.getUTCFullYear(),
      month: next.getUTCMonth() + 1,
      day: next.getUTCDate(),
      hour: 0,
      minute: 0,
    };
  }
}
