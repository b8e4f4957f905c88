import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { InvocationResult } from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { Schedule } from '../../../infra/local/schedule/schedule.ts';
import { scheduleExpression } from '../../../infra/local/schedule/schedule-expression.ts';
import { eventually } from '../../builders/waiting.ts';

const STARTED_AT = Date.parse('2026-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
const RUNS = 3;
const success: InvocationResult = { outcome: 'success', payload: null };
const failed: InvocationResult = { outcome: 'function-error', errorType: 'Error', payload: null };

interface Run {
  readonly text?: string;
  readonly input?: unknown;
  /** How each run ends, and how long it takes; the schedule then sleeps for ever. */
  readonly results?: readonly { readonly result: InvocationResult; readonly tookMs: number }[];
  /** How long the machine sleeps, while the schedule sleeps for the first time. */
  readonly machineSleptMs?: number;
}

/** Starts a schedule on a clock that passes only while it sleeps or runs. */
async function run({ text = 'rate(5 minutes)', input, results = [], machineSleptMs = 0 }: Run) {
  let nowMs = STARTED_AT;
  const startedAt: string[] = [];
  const sleptMs: number[] = [];
  const waiting = [...results];
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const invoke = vi.fn(async (_event: unknown) => {
    startedAt.push(new Date(nowMs).toISOString().slice(11, 16));
    const { result, tookMs } = waiting.shift() ?? { result: success, tookMs: 0 };
    nowMs += tookMs;
    return result;
  });
  const schedule = new Schedule({
    name: 'Sweep',
    expression: scheduleExpression(text),
    input,
    invoke,
    clock: { now: () => new Date(nowMs) },
    sleep: async (ms, signal) => {
      sleptMs.push(ms);
      if (sleptMs.length === 1) nowMs += machineSleptMs;
      if (startedAt.length < Math.max(results.length, 1)) nowMs += ms;
      else
        await new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
    },
    log,
  });
  onTestFinished(() => schedule.stop());
  schedule.start();
  await eventually(() => expect(startedAt).toHaveLength(Math.max(results.length, 1)));
  return { schedule, invoke, startedAt, sleptMs, log };
}

describe('a schedule', () => {
  it('runs its function at each of its times, a rate one interval after the start', async () => {
    const results = Array.from({ length: RUNS }, () => ({ result: success, tookMs: 1_000 }));
    const { startedAt } = await run({ results });
    expect(startedAt).toEqual(['00:05', '00:10', '00:15']);
  });

  it('skips times that come while a run continues', async () => {
    const { startedAt } = await run({
      text: 'cron(0/5 * * * ? *)',
      results: [
        { result: success, tookMs: 12 * MINUTE_MS },
        { result: success, tookMs: 0 },
      ],
    });
    expect(startedAt).toEqual(['00:05', '00:20']);
  });

  it('skips times that the machine slept through', async () => {
    const { startedAt, log } = await run({ text: 'cron(0/5 * * * ? *)', machineSleptMs: 182 * MINUTE_MS });
    expect(startedAt).toEqual(['03:05']);
    expect(log.info).toHaveBeenCalledWith(expect.stringContaining('was skipped'), {
      schedule: 'Sweep',
      dueAt: '2026-01-01T00:05:00.000Z',
    });
  });

  it('runs at a time that came less than a minute ago, however long the machine slept before', async () => {
    const { startedAt } = await run({ text: 'cron(0/5 * * * ? *)', machineSleptMs: 4.5 * MINUTE_MS });
    expect(startedAt).toEqual(['00:05']);
  });

  it('sleeps at most a minute at once, for a timer stands still while the machine sleeps', async () => {
    const { sleptMs } = await run({ text: 'rate(1 day)' });
    expect(Math.max(...sleptMs)).toBeLessThanOrEqual(MINUTE_MS);
  });

  it('sleeps no longer at once than a timer can hold', async () => {
    const { sleptMs, startedAt } = await run({ text: 'rate(40 days)' });
    expect(startedAt).toHaveLength(1);
    expect(Math.max(...sleptMs)).toBeLessThan(2 ** 31);
  });

  it('hands over its input', async () => {
    const { invoke } = await run({ input: { job: 'sweep' } });
    expect(invoke).toHaveBeenCalledExactlyOnceWith({ job: 'sweep' });
  });

  it("hands over EventBridge Scheduler's event where it has no input", async () => {
    const { invoke } = await run({});
    expect(invoke).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        source: 'aws.scheduler',
        'detail-type': 'Scheduled Event',
        time: '2026-01-01T00:05:00Z',
        resources: [expect.stringMatching(/:schedule\/default\/Sweep$/)],
      }),
    );
  });

  it('logs how each run has ended, and continues after one that failed', async () => {
    const { log, startedAt } = await run({
      results: [
        { result: failed, tookMs: 0 },
        { result: { outcome: 'throttled' }, tookMs: 0 },
        { result: success, tookMs: 0 },
      ],
    });
    expect(startedAt).toHaveLength(RUNS);
    await eventually(() => expect(log.info).toHaveBeenCalled());
    expect(log.error.mock.calls.map(([, attributes]) => attributes)).toMatchObject([
      { schedule: 'Sweep', dueAt: '2026-01-01T00:05:00.000Z', errorType: 'Error' },
      { schedule: 'Sweep', outcome: 'throttled' },
    ]);
    expect(log.info).toHaveBeenCalledExactlyOnceWith(
      'A scheduled run has ended',
      expect.objectContaining({ schedule: 'Sweep', outcome: 'success' }),
    );
  });

  it('starts nothing more once it is stopped', async () => {
    const { schedule, startedAt } = await run({});
    await schedule.stop();
    expect(startedAt).toHaveLength(1);
  });
});
