import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Bell, retryDelayMs, sleepOnTimer } from '../../../infra/local/event-source-mapping/pace.ts';
import { endlessSleep } from '../../builders/stream/started-mapping.ts';

const NEVER = new AbortController().signal;
const LONG_MS = 1_000_000;

describe('a bell', () => {
  it('wakes all who wait for it', async () => {
    const bell = new Bell();
    const waits = [bell.wait(NEVER), bell.wait(NEVER)];
    bell.ring();
    await expect(Promise.all(waits)).resolves.toHaveLength(2);
  });

  it('does not wake those who come after it rang', async () => {
    const bell = new Bell();
    bell.ring();
    const late = bell.wait(NEVER).then(() => 'woken');
    expect(await Promise.race([late, setImmediate('asleep')])).toBe('asleep');
    bell.ring();
    expect(await late).toBe('woken');
  });

  it('lets go of who waits when the signal is aborted, with its reason', async () => {
    const stopping = new AbortController();
    const waiting = new Bell().wait(stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('is not waited for once the signal is aborted', async () => {
    const bell = new Bell();
    const waiting = bell.wait(AbortSignal.abort(new Error('stopped')));
    bell.ring();
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('leaves nothing behind on the signal', async () => {
    const { signal } = new AbortController();
    const bell = new Bell();
    const waiting = bell.wait(signal);
    bell.ring();
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a bell that is waited for at most so long', () => {
  it('wakes at the ring and ends the sleep', async () => {
    const bell = new Bell();
    const sleep = endlessSleep();
    const waiting = bell.waitAtMost(LONG_MS, sleep, NEVER);
    bell.ring();
    await waiting;
    expect(sleep.mock.calls.map(([, signal]) => signal?.aborted)).toEqual([true]);
  });

  it('wakes when the time has passed', async () => {
    const slept: number[] = [];
    await new Bell().waitAtMost(7, async (ms) => void slept.push(ms), NEVER);
    expect(slept).toEqual([7]);
  });

  it('lets go when the signal is aborted, with its reason', async () => {
    const stopping = new AbortController();
    const waiting = new Bell().waitAtMost(LONG_MS, endlessSleep(), stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});

describe('the wait after failures in a row', () => {
  const bounds = { retryDelayMsBase: 100, retryDelayMsMax: 350 };

  it('has a bound that doubles up to the greatest', () => {
    expect([1, 2, 3, 4].map((failures) => retryDelayMs(failures, bounds, () => 1))).toEqual([
      100, 200, 350, 350,
    ]);
  });

  it('is a random share of it', () => {
    expect(retryDelayMs(2, bounds, () => 0.25)).toBe(50);
  });
});

describe('the machine’s own time', () => {
  it('passes', async () => {
    await expect(sleepOnTimer(1, undefined)).resolves.toBeUndefined();
  });

  it('is not waited for once the signal is aborted', async () => {
    await expect(sleepOnTimer(LONG_MS, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
