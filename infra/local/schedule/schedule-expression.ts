import { CronExpression } from './cron-expression.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { TimeZone } from './time-zone.ts';

/** When a schedule runs. */
export interface ScheduleExpression {
  /** The first time after an instant; `undefined` if there is none. */
  next(after: Date): Date | undefined;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * Parses `rate(5 minutes)` or `cron(0 3 * * ? *)`. A rate counts from the given instant, and its days have 24 hours also when the
 * clocks change. `at()`, which runs once, is not supported.
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
  throw new InvalidScheduleError(`${text} is neither a rate() of minutes, hours or days, nor a cron()`);
}
