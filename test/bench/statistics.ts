/** The value below which `share` (0 to 1) of the values lie: nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new RangeError('There is no quantile of no values');
  return value;
}

/** The middle of the values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How many of `count` things were done in a second. */
export const perSecond = (count: number, elapsedMs: number): number => (count / elapsedMs) * 1_000;

/**
 * The slope of the line that is nearest to the points, by least squares.
 *
 * @throws RangeError when no two points differ in x.
 */
export function slope(points: readonly Point[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('There is no slope without two points that differ in x');
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

/** A point of a series: `x` is where, or when, `y` was measured. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The slope of Theil and Sen: the median of the slopes between every two points, which single outliers do not change.
 * See https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator.
 *
 * @throws RangeError when no two points differ in x.
 */
export const medianSlope = (points: readonly Point[]): number =>
  median(
    pairsOf(points).flatMap(([one, other]) =>
      other.x === one.x ? [] : (other.y - one.y) / (other.x - one.x),
    ),
  );

/**
 * The test of Mann and Kendall for a trend: how many standard deviations more pairs of points rise than fall, beside what chance
 * would have. Points are in the order of their x.
 * See https://en.wikipedia.org/wiki/Mann%E2%80%93Kendall_test.
 */
export function trend(points: readonly Point[]): number {
  const rising = pairsOf(points).reduce((sum, [one, other]) => sum + Math.sign(other.y - one.y), 0);
  const { length: n } = points;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return deviation === 0 ? 0 : (rising - Math.sign(rising)) / deviation;
}

const pairsOf = (points: readonly Point[]): readonly (readonly [Point, Point])[] =>
  points.flatMap((one, place) => points.slice(place + 1).map((other) => [one, other] as const));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
