import { Cron } from 'croner';

/** The expression of a schedule is malformed, or its time zone does not exist. */
export class InvalidScheduleError extends Error {
  override readonly name = 'InvalidScheduleError';
  readonly code = 'invalid-schedule';
}

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
  const fields = /^cron\((.+)\)$/.exec(text)?.[1];
  if (fields !== undefined) return cronExpression(fields, timeZone);
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const intervalMs = Number(count ?? 0) * (MS_PER_UNIT[unit ?? ''] ?? 0);
  if (intervalMs > 0) return { next: (after) => new Date(after.getTime() + intervalMs) };
  throw new InvalidScheduleError(`${text} is neither a rate() of minutes, hours or days, nor a cron()`);
}

/** Six fields of EventBridge Scheduler as croner has them: seconds first, and days of the week from 0 for Sunday, where AWS counts from 1. */
function cronExpression(fields: string, timezone: string): ScheduleExpression {
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year, ...more] = fields.trim().split(/\s+/);
  if (year === undefined || more.length > 0 || dayOfWeek === undefined)
    throw new InvalidScheduleError(`cron(${fields}) must have six fields`);
  const weekDays = dayOfWeek
    .replaceAll(/(?<![#/\d])\d/g, (day) => String(Number(day) - 1))
    .replace(/^L$/, '6');
  try {
    const cron = new Cron(`0 ${minutes} ${hours} ${dayOfMonth} ${month} ${weekDays} ${year}`, {
      timezone,
      domAndDow: true,
    });
    return { next: (after) => cron.nextRun(after) ?? undefined };
  } catch (cause) {
    throw new InvalidScheduleError(`cron(${fields}) in ${timezone} is malformed`, { cause });
  }
}
