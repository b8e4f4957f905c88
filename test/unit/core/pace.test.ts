import { describe, expect, it } from 'vitest';
import { Pace } from '../../../pipelines/core/pace.ts';

/** A pace whose time passes only while somebody waits. */
function paceAt(perSecond: number) {
  const waits: number[] = [];
  const pace = new Pace({
    perSecond,
    nowMs: () => 1_000,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  return { pace, waits };
}
const { signal } = new AbortController();

describe('a pace', () => {
  it('gives turns at its rate, the first at once', async () => {
    const { pace, waits } = paceAt(10);
    await Promise.all([1, 2, 3].map(() => pace.turn(signal)));
    expect(waits).toEqual([100, 200]);
  });

  it('saves no turns up for later', async () => {
    let now = 1_000;
    const waits: number[] = [];
    const pace = new Pace({
      perSecond: 10,
      nowMs: () => now,
      sleep: async (ms) => {
        waits.push(ms);
      },
    });
    await pace.turn(signal);
    now += 60_000;
    await Promise.all([1, 2].map(() => pace.turn(signal)));
    expect(waits).toEqual([100]);
  });

  it('gives no turn once the signal is aborted', async () => {
    const { pace } = paceAt(10);
    await expect(pace.turn(AbortSignal.abort())).rejects.toThrow();
  });
});
