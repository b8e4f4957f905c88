import { afterEach, describe, expect, it, vi } from 'vitest';
import { instantOf, systemClock } from '../../../pipelines/clock.ts';

const NOW = new Date('2026-03-01T12:00:00.123Z');

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the machine’s clock', () => {
  it('returns the time', () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
    expect(systemClock.now()).toEqual(NOW);
  });

  it('gives microseconds as the first version: the date’s milliseconds, and the last three digits of a finer clock', () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
    vi.spyOn(performance, 'now').mockReturnValue(98_765.432_9);
    expect(systemClock.firstVersion()).toBe(NOW.getTime() * 1_000 + 432);
  });
});

it('the instant of a date is ISO 8601 in UTC, to the millisecond', () => {
  expect(instantOf(NOW)).toBe('2026-03-01T12:00:00.123Z');
});
