import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeadLetterFilter, DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import { Instant } from '../../../contracts/ids.ts';
import {
  count,
  countUpTo,
  duration,
  instantOrAge,
  named,
  readAs,
  seconds,
} from '../../../infra/ops/command-line/arguments.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);

afterEach(() => void vi.useRealTimers());

/** What JavaScript reads as a number besides decimal digits. */
const LAX_NUMBERS = [
  '',
  ' ',
  ' 5',
  '5 ',
  '+5',
  '-5',
  '0x10',
  '0b1',
  '1e3',
  '5.',
  '.5',
  '1_000',
  '٥',
  'Infinity',
  'NaN',
];

describe('a count', () => {
  it.each([...LAX_NUMBERS, '0', '007', '1.5', '9007199254740992'])('is not %j', (text) => {
    expect(() => count(text)).toThrow(InvalidArgumentError);
  });

  it('is an integer, up to its limit', () => {
    expect([count('1'), count('10000'), countUpTo(100)('100')]).toEqual([1, 10_000, 100]);
    expect(() => countUpTo(100)('101')).toThrow('between 1 and 100');
  });
});

describe('seconds', () => {
  it.each([...LAX_NUMBERS, '-1', '86401', '1e9'])('are not %j', (text) => {
    expect(() => seconds(text)).toThrow(InvalidArgumentError);
  });

  it.each([
    ['0', 0],
    ['0.5', 0.5],
    ['86400', 86_400],
  ])('are %s', (text, value) => {
    expect(seconds(text)).toBe(value);
  });
});

describe('a duration', () => {
  it.each([...LAX_NUMBERS, '60', '0s', '1.5h', '25h', `${'9'.repeat(400)}s`])('is not %j', (text) => {
    expect(() => duration()(text)).toThrow(InvalidArgumentError);
  });

  it('is in seconds, up to a day or its own limit', () => {
    expect(['1s', '2m', '24h'].map(duration())).toEqual([1, 120, 86_400]);
    expect(() => duration(60)('61s')).toThrow('at most 60 s');
  });
});

describe('a time', () => {
  it.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:30Z', '2026-03-01T12:00:30.000Z'],
    ['2026-03-01T12:00:30.25+01:00', '2026-03-01T11:00:30.250Z'],
  ])('is a day or an instant with its zone: %s', (text, expected) => {
    expect(instantOrAge(text)).toBe(expected);
  });

  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['2d', 172_800_000],
  ])('is an age with its unit: %s', (text, ms) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
    expect(Date.parse(instantOrAge(text))).toBe(NOW_MS - ms);
  });

  it.each([
    ...[...LAX_NUMBERS, '1', '7', '90', '3600', '2024', '202403', '20240301', '1772366400000'],
    ...['2026-03', '2026-3-1', '2026-02-30', '2026-13-01', '03/01/2026', 'March 1, 2026', 'yesterday', 'now'],
    ...['2026-03-01T12:00', '2026-03-01 12:00Z', '2026-03-01T24:00Z', '2026-03-01T12Z', '12:00'],
    ...['7 d', '7D', '-7d', '1.5h', '7days', 'd', '99999999999999999d', '800000d', '2026-03-01\u0000'],
  ])('is not guessed from %j', (text) => {
    expect(() => instantOrAge(text)).toThrow(
      'It must be an instant, such as 2026-03-01T12:00Z, or an age: 30m, 12h, 2d.',
    );
  });

  it('is a valid one for any input, or is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+smhd-]{1,25}$/)), (text) => {
        try {
          return Instant.safeParse(instantOrAge(text)).success;
        } catch (error) {
          return error instanceof InvalidArgumentError;
        }
      }),
      { seed: 20 },
    );
  });
});

describe('an argument that a contract knows', () => {
  const text = readAs(DeadLetterFilter.shape.text);

  it('is as the contract has it', () => {
    expect(text('total')).toBe('total');
  });

  it.each([
    ['a'.repeat(201), 'It must have at most 200 characters.'],
    ['a\tb', 'It must not hold control characters'],
  ])('is refused in the words of the contract: %j', (value, words) => {
    expect(() => text(value)).toThrow(InvalidArgumentError);
    expect(() => text(value)).toThrow(words);
  });

  it('is refused in words of its own, where it has some', () => {
    expect(() => readAs(DeadLetterId, 'It must be an id.')('one')).toThrow('It must be an id.');
  });
});

describe('a name', () => {
  it.each(['', ' ', '\t'])('is not %j', (text) => {
    expect(() => named(text)).toThrow(InvalidArgumentError);
  });
});
