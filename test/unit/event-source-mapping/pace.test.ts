import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { retryDelayMs, sleepOnTimer, WakeSignal } from '../../../infra/local/event-source-mapping/waiting.ts';
import { endlessSleep } from '../../builders/stream/started-mapping.ts';

const NEVER = new AbortController().signal;
const LONG_MS = 1_000_000;

describe('a signal', () => {
  it('wakes all tasks that wait for it', async () => {
    const wakeSignal = new WakeSignal();
    const waits = [wakeSignal.wait(NEVER), wakeSignal.wait(NEVER)];
    wakeSignal.ring();
    await expect(Promise.all(waits)).resolves.toHaveLength(2);
  });

  it('does not wake tasks that wait only after it was given', async () => {
    const wakeSignal = new WakeSignal();
    wakeSignal.ring();
    const late = wakeSignal.wait(NEVER).then(() => 'woken');
    expect(await Promise.race([late, setImmediate('asleep')])).toBe('asleep');
    wakeSignal.ring();
    expect(await late).toBe('woken');
  });

  it('lets go of who waits when the signal is aborted, with its reason', async () => {
    const stopping = new AbortController();
    const waiting = new WakeSignal().wait(stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('is not waited for once the signal is aborted', async () => {
    const wakeSignal = new WakeSignal();
    const waiting = wakeSignal.wait(AbortSignal.abort(new Error('stopped')));
    wakeSignal.ring();
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('leaves no listener on the abort signal', async () => {
    const { signal } = new AbortController();
    const wakeSignal = new WakeSignal();
    const waiting = wakeSignal.wait(signal);
    wakeSignal.ring();
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a signal that is waited for with a time limit', () => {
  it('wakes the task when it is given and ends the sleep', async () => {
    const wakeSignal = new WakeSignal();
    const sleep = endlessSleep();
    const waiting = wakeSignal.waitAtMost(LONG_MS, sleep, NEVER);
    wakeSignal.ring();
    await waiting;
    expect(sleep.mock.calls.map(([, signal]) => signal?.aborted)).toEqual([true]);
  });

  it('wakes the task when the time has passed', async () => {
    const slept: number[] = [];
    await new WakeSignal().waitAtMost(7, async (ms) => void slept.push(ms), NEVER);
    expect(slept).toEqual([7]);
  });

  it('lets go when the signal is aborted, with its reason', async () => {
    const stopping = new AbortController();
    const waiting = new WakeSignal().waitAtMost(LONG_MS, endlessSleep(), stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('leaves no listener on any signal when the time has passed', async () => {
    const { signal } = new AbortController();
    const listeners = vi.spyOn(EventTarget.prototype, 'addEventListener');
    onTestFinished(() => void listeners.mockRestore());
    await new WakeSignal().waitAtMost(1, sleepOnTimer, signal);
    const listenedTo = listeners.mock.contexts.filter((target) => target instanceof AbortSignal);
    expect(listenedTo.flatMap((target) => getEventListeners(target, 'abort'))).toEqual([]);
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
