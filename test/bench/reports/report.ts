import type { RatioBar } from '../chart.ts';

/** The outcome of a benchmark, once it has printed it. */
export interface Report {
  readonly figures: unknown;
  /** Its ratios, for the chart. */
  readonly bars?: readonly RatioBar[];
}

/** Runs a benchmark and prints its figures. */
export type Benchmark = () => Promise<Report>;

/** The width of a name in what is printed. */
export const NAME_COLUMN = 28;

/** `2.81-3.30`: the quartiles of many ratios. */
export const spreadOf = (quartiles: readonly number[]): string =>
  quartiles.map((one) => one.toFixed(2)).join('-');
