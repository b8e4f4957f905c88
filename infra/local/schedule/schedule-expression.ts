import { Cron } from 'croner';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../../contracts/units.ts';
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
  minute: MS_PER_MINUTE,
  hour: 60 * MS_PER_MINUTE,
  day: MS_PER_DAY,
};

/** Half of what a Date can hold. The time after a longer interval could be none, and nothing can wait for that. */
const INTERVAL_MS_MAX = 50_000_000 * MS_PER_DAY;

/**
 * Parses `rate(5 minutes)` or `cron(0 3 * * ? *)`. A rate counts from the given instant, and its days have 24 hours also when the
 * clocks change. `at()`, which runs once, is not supported.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 *
 * @throws InvalidScheduleError
 */
export function scheduleExpression(text: string, timeZone = 'UTC'): ScheduleExpression {
  const fields = /^cron\((.+)\)$/.exec(text)?.[1];
  const localTime = localTimeIn(timeZone);
  if (fields !== undefined) return cronExpression(fields, timeZone, localTime);
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const intervalMs = Number(count ?? 0) * (MS_PER_UNIT[unit ?? ''] ?? 0);
  if (intervalMs > INTERVAL_MS_MAX)
    throw new InvalidScheduleError(`${text} has an interval that leads beyond the last date`);
  if (intervalMs > 0) return { next: (after) => new Date(after.getTime() + intervalMs) };
  throw new InvalidScheduleError(`${text} is neither a rate() of minutes, hours or days, nor a cron()`);
}

const YEAR_MIN = 1970;
const YEAR_MAX = 2199;
/** The largest value of each field of EventBridge Scheduler. */
const FIELD_MAX = [59, 23, 31, 12, 7, YEAR_MAX] as const;
const DAYS: readonly string[] = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** By how much clocks are set back, in minutes. */
const SET_BACK_MINUTES = [30, 60, 120] as const;

/**
 * The six fields of EventBridge Scheduler as croner has them: seconds first, days of the week from 0 for Sunday where AWS counts from 1, and steps
 * within a range. A time that the clocks skip in spring is skipped, where croner would run later that day; one that they show twice counts once.
 */
function cronExpression(text: string, timezone: string, localTime: LocalTime): ScheduleExpression {
  const fields = text.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields.map(withRangedSteps);
  const refuse = (what: string, cause?: unknown) =>
    new InvalidScheduleError(`cron(${text}) ${what}`, { cause });
  if (fields.length !== FIELD_MAX.length) throw refuse('must have six fields');
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw refuse('must have days in one of its fields for days, and ? in the other');
  if (dayOfWeek?.includes('#') && dayOfWeek.includes(',')) throw refuse('has more than one numbered day');
  if ([minutes, hours, month, year].includes('?')) throw refuse('has ? in a field that is not for days');
  const years = year?.replace(/\/.*$/, '').match(/\d+/g) ?? [];
  if (years.some((one) => Number(one) < YEAR_MIN || Number(one) > YEAR_MAX))
    throw refuse(`has a year that is not from ${YEAR_MIN} to ${YEAR_MAX}`);
  if (!isInOrder(dayOfWeek ?? ''))
    throw refuse('has a day of the week that is not from 1 to 7, or a range that falls');
  const weekDays = dayOfWeek
    ?.replaceAll(/(?<![#/\d])\d(?=$|[-,#L/])/g, (day) => String(Number(day) - 1))
    .replace(/^L$/, 'SAT');
  try {
    const everyYears = year?.replace(/^\*\//, `${YEAR_MIN}-${YEAR_MAX}/`);
    const cron = new Cron(`0 ${minutes} ${hours} ${dayOfMonth} ${month} ${weekDays} ${everyYears}`, {
      timezone,
      domAndDow: true,
    });
    return { next: (after) => nextMatch(cron, after, localTime) };
  } catch (cause) {
    throw refuse('is malformed', cause);
  }
}

/** `5/30` as `5-59/30`, which means the same. */
const withRangedSteps = (field: string, place: number): string =>
  field.replaceAll(/(?<![-\d])(\d+)\/(?=\d)/g, `$1-${FIELD_MAX[place]}/`);

function nextMatch(cron: Cron, after: Date, localTime: LocalTime): Date | undefined {
  const isRepeated = (at: number): boolean =>
    SET_BACK_MINUTES.some((minutes) => localTime(at - minutes * MS_PER_MINUTE) === localTime(at));
  let next = cron.nextRun(after);
  while (next !== null && (!cron.match(next) || isRepeated(next.getTime()))) next = cron.nextRun(next);
  return next ?? undefined;
}

/** The local time at an instant in epoch milliseconds, as text. */
type LocalTime = (at: number) => string;

/** @throws InvalidScheduleError for a name that the IANA database does not have. */
function localTimeIn(timeZone: string): LocalTime {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    return (at) => format.format(at);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidScheduleError(`There is no time zone ${timeZone}`, { cause: error });
  }
}

/** Whether the days of the week are such, and each range goes up. */
function isInOrder(dayOfWeek: string): boolean {
  const numberOf = (day: string): number =>
    /^\d+$/.test(day) ? Number(day) : DAYS.indexOf(day.toUpperCase()) + 1;
  return dayOfWeek.split(',').every((element) => {
    const [, first, last] = /^(\d+|[A-Z]{3})(?:-(\d+|[A-Z]{3}))?(?=$|[#L/])/i.exec(element) ?? [];
    if (first === undefined) return true;
    const [from, to] = [numberOf(first), numberOf(last ?? first)];
    return from >= 1 && to <= DAYS.length && from <= to;
  });
}
