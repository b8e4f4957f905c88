import { afterEach, describe, expect, it, vi } from 'vitest';
import { RateLimiter } from '../../../pipelines/aws/rate-limiter.ts';

/** A rate limiter whose time passes only while a caller waits. */
function rateLimiterAt(perSecond: number) {
  const waits: number[] = [];
  const rateLimiter = new RateLimiter({
    perSecond,
    nowMs: () => 1_000,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  return { rateLimiter, waits };
}
const { signal } = new AbortController();

afterEach(() => void vi.useRealTimers());

describe('a rate limiter', () => {
  it('lets callers through at its rate, the first at once', async () => {
    const { rateLimiter, waits } = rateLimiterAt(10);
    await Promise.all([1, 2, 3].map(() => rateLimiter.acquire(signal)));
    expect(waits).toEqual([100, 200]);
  });

  it('saves nothing up for later', async () => {
    let now = 1_000;
    const waits: number[] = [];
    const rateLimiter = new RateLimiter({
      perSecond: 10,
      nowMs: () => now,
      sleep: async (ms) => {
        waits.push(ms);
      },
    });
    await rateLimiter.acquire(signal);
    now += 60_000;
    await Promise.all([1, 2].map(() => rateLimiter.acquire(signal)));
    expect(waits).toEqual([100]);
  });

  it('lets no caller through once the signal is aborted, and keeps that slot for the next', async () => {
    const { rateLimiter, waits } = rateLimiterAt(10);
    await expect(rateLimiter.acquire(AbortSignal.abort())).rejects.toThrow();
    await rateLimiter.acquire(signal);
    expect(waits).toEqual([]);
  });

  it('ends a wait when the signal aborts', async () => {
    const rateLimiter = new RateLimiter({ perSecond: 0.001 });
    const given = new AbortController();
    await rateLimiter.acquire(signal);
    const waiting = rateLimiter.acquire(given.signal);
    given.abort();
    await expect(waiting).rejects.toThrow();
  });

  it('uses the machine’s clock', async () => {
    vi.useFakeTimers({ now: 1_000, toFake: ['Date'] });
    const waits: number[] = [];
    const sleep = async (ms: number): Promise<void> => void waits.push(ms);
    const rateLimiter = new RateLimiter({ perSecond: 10, sleep });
    await rateLimiter.acquire(signal);
    vi.setSystemTime(1_060);
    await rateLimiter.acquire(signal);
    expect(waits).toEqual([40]);
  });
});
