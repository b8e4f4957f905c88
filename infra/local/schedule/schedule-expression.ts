import { Cron } from 'croner';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** The expression or the time zone of a schedule is invalid: EventBridge Scheduler would refuse it. */
export class InvalidScheduleError extends OrderStreamError {
  readonly code = 'invalid-schedule';
  readonly remedy = 'Correct the schedule in infra/template.yaml.';
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
  if (!isTimeZone(timeZone)) throw new InvalidScheduleError(`There is no time zone ${timeZone}`);
  if (fields !== undefined) return cronExpression(fields, timeZone);
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const intervalMs = Number(count ?? 0) * (MS_PER_UNIT[unit ?? ''] ?? 0);
  if (intervalMs > 0) return { next: (after) => new Date(after.getTime() + intervalMs) };
  throw new InvalidScheduleError(`${text} is neither a rate() of minutes, hours or days, nor a cron()`);
}

/** The largest value of each field of EventBridge Scheduler, and the smallest of a year. */
const FIELD_MAX = [59, 23, 31, 12, 7, 2199] as const;
const YEAR_MIN = 1970;

/**
 * The six fields of EventBridge Scheduler as croner has them: seconds first, days of the week from 0 for Sunday where AWS counts from 1, and steps
 * within a range. A time that the clocks skip in spring is skipped, where croner would run later that day; one that they show twice counts once.
 */
function cronExpression(text: string, timezone: string): ScheduleExpression {
  const fields = text.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields.map(withRangedSteps);
  const refuse = (what: string, cause?: unknown) =>
    new InvalidScheduleError(`cron(${text}) ${what}`, { cause });
  if (fields.length !== FIELD_MAX.length) throw refuse('must have six fields');
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw refuse('must have days in one of its fields for days, and ? in the other');
  if (dayOfWeek?.includes('#') && dayOfWeek.includes(',')) throw refuse('has more than one numbered day');
  if (year?.split(/\D+/).some((one) => one.length > 1 && Number(one) < YEAR_MIN))
    throw refuse(`has a year before ${YEAR_MIN}`);
  const weekDays = dayOfWeek
    ?.replaceAll(/(?<![#/\d])\d(?=$|[-,#L/])/g, (day) => String(Number(day) - 1))
    .replace(/^L$/, 'SAT');
  try {
    const cron = new Cron(`0 ${minutes} ${hours} ${dayOfMonth} ${month} ${weekDays} ${year}`, {
      timezone,
      domAndDow: true,
    });
    return { next: (after) => nextMatch(cron, after) };
  } catch (cause) {
    throw refuse('is malformed', cause);
  }
}

/** `5/30` as `5-59/30`, which means the same. */
const withRangedSteps = (field: string, place: number): string =>
  field.replaceAll(/(?<![-\d])(\d+)\/(?=\d)/g, `$1-${FIELD_MAX[place]}/`);

function nextMatch(cron: Cron, after: Date): Date | undefined {
  let next = cron.nextRun(after);
  while (next !== null && !cron.match(next)) next = cron.nextRun(next);
  return next ?? undefined;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
