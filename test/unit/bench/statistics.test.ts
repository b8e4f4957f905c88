import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianSlope, slope, trend } from '../../bench/statistics.ts';

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

const series = (...ys: readonly number[]) => ys.map((y, x) => ({ x, y }));

describe('the median slope', () => {
  it('is that of the line which the points are on', () => {
    expect(medianSlope(series(1, 3, 5, 7))).toBe(2);
  });

  it('is not changed by one point beside the line', () => {
    expect(medianSlope(series(1, 2, 3, 400, 5, 6, 7))).toBe(1);
  });
});

describe('the trend', () => {
  it('is none where as many pairs rise as fall', () => {
    expect(trend(series(1, 2, 2, 1))).toBe(0);
  });

  it('is, for ten points that rise, 44 pairs by the deviation of 45 pairs', () => {
    expect(trend(series(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))).toBeCloseTo(44 / Math.sqrt(125), 10);
  });

  it('is as strong downwards', () => {
    expect(trend(series(3, 2, 1))).toBe(-trend(series(1, 2, 3)));
  });
});
