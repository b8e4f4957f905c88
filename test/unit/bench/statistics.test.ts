import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slope } from '../../bench/statistics.ts';

const xs = fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 50 });
const small = fc.integer({ min: -100, max: 100 });

describe('the slope of points', () => {
  it('is that of the line which they are on', () => {
    fc.assert(
      fc.property(xs, small, small, (places, rise, height) => {
        expect(slope(places.map((x) => ({ x, y: rise * x + height })))).toBeCloseTo(rise, 6);
      }),
    );
  });

  it('is level between points that swing evenly', () => {
    expect(slope([5, 9, 9, 5].map((y, x) => ({ x, y })))).toBe(0);
  });

  it('does not exist for one point', () => {
    expect(() => slope([{ x: 1, y: 1 }])).toThrow(RangeError);
  });
});
