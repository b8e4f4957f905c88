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
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('There is no slope without two points that differ in x');
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
