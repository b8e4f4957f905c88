import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../pipelines/aws/deadline.ts';
import { OutOfTimeError } from '../../../pipelines/errors.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const forever = () => new Promise<never>(() => undefined);

describe('work within a time', () => {
  it('ends as it does without one', async () => {
    using guard = new Deadline(1_000);
    await expect(guard.within(async () => 'done')).resolves.toBe('done');
    const error = new RangeError('broken');
    await expect(guard.within(async () => Promise.reject(error))).rejects.toBe(error);
  });

  it('is given up, and gets the abort, when the time expires first', async () => {
    using guard = new Deadline(1_000);
    const signals: AbortSignal[] = [];
    const work = guard.within((signal) => {
      signals.push(signal);
      return forever();
    });
    const given = expect(work).rejects.toBeInstanceOf(OutOfTimeError);
    await vi.advanceTimersByTimeAsync(999);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await given;
    expect(signals[0]?.reason).toBeInstanceOf(OutOfTimeError);
  });

  it.each([0, -1])('does not start when there are %d ms', async (workMs) => {
    using guard = new Deadline(workMs);
    const work = vi.fn(forever);
    await expect(guard.within(work)).rejects.toBeInstanceOf(OutOfTimeError);
    expect(work).not.toHaveBeenCalled();
    expect(guard.signal.aborted).toBe(true);
  });

  it('leaves no timer', () => {
    {
      using _guard = new Deadline(1_000);
      expect(vi.getTimerCount()).toBe(1);
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});
