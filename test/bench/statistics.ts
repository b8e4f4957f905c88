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
