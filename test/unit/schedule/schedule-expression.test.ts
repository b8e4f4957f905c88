import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InvalidScheduleError,
  scheduleExpression,
} from '../../../infra/local/schedule/schedule-expression.ts';

const HOUR_MS = 3_600_000;
const timesOf = (text: string, after: string, count: number, zone?: string): readonly string[] => {
  const expression = scheduleExpression(text, zone);
  const times: string[] = [];
  for (let from = new Date(after); times.length < count; ) {
    const next = expression.next(from);
    if (next === undefined) break;
    times.push(next.toISOString().replace(':00.000Z', ''));
    from = next;
  }
  return times;
};

describe('a schedule by rate', () => {
  it.each([
    ['rate(1 minute)', '2026-01-01T00:01'],
    ['rate(5 minutes)', '2026-01-01T00:05'],
    ['rate(12 hours)', '2026-01-01T12:00'],
    ['rate(7 days)', '2026-01-08T00:00'],
  ])('%s runs one interval later', (text, time) => {
    expect(timesOf(text, '2026-01-01T00:00:00Z', 1)).toEqual([time]);
  });
});

/** The first of 2026 is a Thursday. */
describe('a schedule by cron', () => {
  it.each<[text: string, what: string, times: readonly string[]]>([
    ['cron(0 10 * * ? *)', 'each day', ['2026-01-01T10:00', '2026-01-02T10:00']],
    [
      'cron(0 18 ? * MON-FRI *)',
      'each weekday',
      ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00'],
    ],
    [
      'cron(0/20 8,9 ? * 2 *)',
      'by steps and lists',
      ['2026-01-05T08:00', '2026-01-05T08:20', '2026-01-05T08:40', '2026-01-05T09:00'],
    ],
    [
      'cron(5/30 0 * * ? *)',
      'by steps from a value',
      ['2026-01-01T00:05', '2026-01-01T00:35', '2026-01-02T00:05'],
    ],
    [
      'cron(10-40/15 */12 1 * ? *)',
      'by steps in a range',
      ['2026-01-01T00:10', '2026-01-01T00:25', '2026-01-01T00:40', '2026-01-01T12:10'],
    ],
    [
      'cron(0 0 1,15 feb-MAR ? *)',
      'in named months',
      ['2026-02-01T00:00', '2026-02-15T00:00', '2026-03-01T00:00'],
    ],
    ['cron(0 0 L * ? *)', 'on the last day', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
    ['cron(0 0 ? * L *)', 'on the last day of the week', ['2026-01-03T00:00', '2026-01-10T00:00']],
    ['cron(0 0 ? * 6L *)', 'on the last Friday', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['cron(0 0 ? * 3#2 *)', 'on the second Tuesday', ['2026-01-13T00:00', '2026-02-10T00:00']],
    [
      'cron(0 0 ? * FRI#5 *)',
      'on the fifth Friday of months that have one',
      ['2026-01-30T00:00', '2026-05-29T00:00'],
    ],
    [
      'cron(0 0 3W * ? *)',
      'on the weekday nearest to the 3rd',
      ['2026-01-02T00:00', '2026-02-03T00:00', '2026-03-03T00:00'],
    ],
    [
      'cron(0 0 1W AUG ? *)',
      'on the weekday nearest to the 1st, in its month',
      ['2026-08-03T00:00', '2027-08-02T00:00'],
    ],
    [
      'cron(0 0 31W MAY ? *)',
      'on the weekday nearest to the 31st, in its month',
      ['2026-05-29T00:00', '2027-05-31T00:00'],
    ],
    ['cron(0 0 29 2 ? *)', 'on leap days', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 1 ? 2030/5)', 'every fifth year', ['2030-01-01T00:00', '2035-01-01T00:00']],
  ])('%s runs %s', (text, _what, times) => {
    expect(timesOf(text, '2025-12-31T23:59:59Z', times.length)).toEqual(times);
  });

  it('runs at no time that is over', () => {
    expect(timesOf('cron(30 10 * * ? *)', '2026-01-01T10:30:00Z', 1)).toEqual(['2026-01-02T10:30']);
    expect(timesOf('cron(0 0 1 1 ? 2020)', '2026-01-01T00:00:00Z', 1)).toEqual([]);
    expect(timesOf('cron(0 0 30 2 ? *)', '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });

  it("runs by the time zone's clocks", () => {
    expect(timesOf('cron(0 3 1 1,7 ? *)', '2026-01-01T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-07-01T01:00',
      '2027-01-01T02:00',
    ]);
  });

  it('skips a time that the clocks skip', () => {
    expect(timesOf('cron(30 2 * * ? *)', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
    ]);
  });

  it('runs once at a time that the clocks show twice', () => {
    expect(timesOf('cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it.each([
    ['by steps', 'cron(0/20 2 * * ? *)', ['00:00', '00:20', '00:40']],
    ['in a range of hours', 'cron(0 1-3 * * ? *)', ['23:00', '00:00', '02:00']],
  ])('runs once at the times that the clocks show twice, %s', (_what, text, times) => {
    const instants = timesOf(text, '2026-10-24T21:59:00Z', times.length, 'Europe/Berlin');
    expect(instants.map((instant) => instant.slice('2026-10-25T'.length))).toEqual(times);
  });

  it('counts the years of a step from 1970', () => {
    expect(timesOf('cron(0 0 1 1 ? */4)', '2025-12-31T23:59:59Z', 2)).toEqual([
      '2026-01-01T00:00',
      '2030-01-01T00:00',
    ]);
  });

  it('runs each hour on the hour, from any start', () => {
    const instants = fc.date({
      min: new Date('2000-01-01'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (after) => {
        const expected = (Math.floor(after.getTime() / HOUR_MS) + 1) * HOUR_MS;
        expect(scheduleExpression('cron(0 * * * ? *)').next(after)?.getTime()).toBe(expected);
      }),
    );
  });
});

describe('a schedule is refused', () => {
  it.each([
    ['for no interval', 'rate(0 minutes)'],
    ['for an interval that leads beyond the last date', 'rate(100000000 days)'],
    ['for an unknown unit', 'rate(5 weeks)'],
    ['for one time', 'at(2026-01-01T00:00:00)'],
    ['for five fields', 'cron(0 10 * * ?)'],
    ['for days in both fields', 'cron(0 10 * * * *)'],
    ['for days in neither field', 'cron(0 10 ? * ? *)'],
    ['for a minute of 60', 'cron(60 10 * * ? *)'],
    ['for a range that falls', 'cron(0 10-8 * * ? *)'],
    ['for a step of 0', 'cron(0/0 10 * * ? *)'],
    ['for an unknown name', 'cron(0 10 * FOO ? *)'],
    ['for a sixth week', 'cron(0 10 ? * 3#6 *)'],
    ['for two numbered days', 'cron(0 10 ? * 3#1,6#3 *)'],
    ['for an empty element', 'cron(0, 10 * * ? *)'],
    ['for a year before 1970', 'cron(0 10 * * ? 1969)'],
    ['for a year after 2199', 'cron(0 10 * * ? 2200)'],
    ['for an eighth day of the week', 'cron(0 10 ? * 8 *)'],
    ['for the last eighth day of the week', 'cron(0 10 ? * 8L *)'],
    ['for days of the week that fall', 'cron(0 10 ? * SAT-SUN *)'],
    ['for no particular hour', 'cron(0 ? * * ? *)'],
  ])('%s', (_name, text) => {
    expect(() => scheduleExpression(text)).toThrow(InvalidScheduleError);
  });

  it('for an unknown time zone', () => {
    expect(() => scheduleExpression('rate(1 day)', 'Europe/Atlantis')).toThrow(/Europe\/Atlantis/);
  });
});
