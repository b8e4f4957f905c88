import { cronValue, cronValues, DAYS_OF_MONTH, DAYS_OF_WEEK, invalid } from './cron-field.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import type { WallTime } from './time-zone.ts';

type Day = Pick<WallTime, 'year' | 'month' | 'day'>;
/** Whether a schedule runs on a day. */
export type MatchesDay = (day: Day) => boolean;

const ANY = '?';
const DAYS_A_WEEK = 7;
const WEEKS_MAX = 5;
const SUNDAY = 1;
const SATURDAY = 7;

/**
 * Parses the two fields that select days. Exactly one of them is `?`. Day-of-month allows `L` (the last day) and `15W` (the weekday
 * of the month nearest to the 15th). Day-of-week allows `L` (Saturday), `6L` (the month's last Friday) and `3#2` (its second
 * Tuesday).
 *
 * @throws InvalidScheduleError
 */
export function cronDays(ofMonth: string, ofWeek: string): MatchesDay {
  if ((ofMonth === ANY) === (ofWeek === ANY))
    throw new InvalidScheduleError('Exactly one of day-of-month and day-of-week must be ?');
  const matchers = ofWeek === ANY ? ofMonth.split(',').map(dayOfMonth) : ofWeek.split(',').map(dayOfWeek);
  if (ofWeek.includes('#') && matchers.length > 1) throw invalid(ofWeek, DAYS_OF_WEEK);
  return (day) => matchers.some((matches) => matches(day));
}

function dayOfMonth(element: string): MatchesDay {
  if (element === 'L') return (day) => day.day === daysIn(day);
  const near = /^(\d+)W$/.exec(element)?.[1];
  if (near !== undefined) {
    const target = cronValue(near, DAYS_OF_MONTH);
    return (day) => day.day === nearestWeekday(day, target);
  }
  const days = cronValues(element, DAYS_OF_MONTH);
  return ({ day }) => days.includes(day);
}

function dayOfWeek(element: string): MatchesDay {
  if (element === 'L') return (day) => weekdayOf(day) === SATURDAY;
  const last = /^(\w+)L$/.exec(element)?.[1];
  if (last !== undefined) {
    const weekday = cronValue(last, DAYS_OF_WEEK);
    return (day) => weekdayOf(day) === weekday && day.day + DAYS_A_WEEK > daysIn(day);
  }
  const [, nth, week] = /^(\w+)#(\d)$/.exec(element) ?? [];
  if (nth !== undefined) {
    const weekday = cronValue(nth, DAYS_OF_WEEK);
    const number = Number(week);
    if (number < 1 || number > WEEKS_MAX) throw invalid(element, DAYS_OF_WEEK);
    return (day) => weekdayOf(day) === weekday && Math.ceil(day.day / DAYS_A_WEEK) === number;
  }
  const weekdays = cronValues(element, DAYS_OF_WEEK);
  return (day) => weekdays.includes(weekdayOf(day));
}

/** 1 for Sunday to 7 for Saturday. */
const weekdayOf = ({ year, month, day }: Day): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

const daysIn = ({ year, month }: Day): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** The weekday of the same month nearest to a day; `undefined` if the month has no such day. */
function nearestWeekday(month: Day, target: number): number | undefined {
  const last = daysIn(month);
  if (target > last) return undefined;
  const weekday = weekdayOf({ ...month, day: target });
  if (weekday === SATURDAY) return target > 1 ? target - 1 : target + 2;
  if (weekday === SUNDAY) return target < last ? target + 1 : target - 2;
  return target;
}
