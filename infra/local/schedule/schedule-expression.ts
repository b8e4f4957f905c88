import { CronExpression } from './cron-expression.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { TimeZone } from './time-zone.ts';

/** When a schedule runs. */
export interface ScheduleExpression {
  /** The first time after that instant; none when there is no further one. */
  next(after: Date): Date | undefined;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * Reads `rate(5 minutes)` or `cron(0 3 * * ? *)`. A rate counts from the instant it is asked with; a day of it has 24 hours,
 * whatever the clocks do. `at()`, which runs once, is not known here.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 *
 * @throws InvalidScheduleError
 */
export function scheduleExpression(text: string, timeZone = 'UTC'): ScheduleExpression {
  const zone = new TimeZone(timeZone);
  const cron = /^cron\((.+)\)$/.exec(text)?.[1];
  if (cron !== undefined) return new CronExpression(cron, zone);
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const intervalMs = Number(count ?? 0) * (MS_PER_UNIT[unit ?? ''] ?? 0);
  if (intervalMs > 0) return { next: (after) => new Date(after.getTime() + intervalMs) };
  throw new InvalidScheduleError(`${text} is no rate() of minutes, hours or days, and no cron()`);
}
