import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laneOf } from '../../../infra/local/event-source-mapping/lane.ts';

describe('the lane of a partition key', () => {
  it('is one of the lanes, and always the same', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 10 }), (key, lanes) => {
        const lane = laneOf(key, lanes);
        expect(lane).toBeGreaterThanOrEqual(0);
        expect(lane).toBeLessThan(lanes);
        expect(laneOf(key, lanes)).toBe(lane);
      }),
    );
  });

  it('spreads many keys over all lanes', () => {
    const lanes = new Set(Array.from({ length: 200 }, (_, i) => laneOf(`{"S":"USER#${i}"}`, 10)));
    expect(lanes.size).toBe(10);
  });
});
