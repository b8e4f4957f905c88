import type { RatioBar } from '../chart.ts';

/** What a figure is to be, and what it came out as. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly wanted: number;
  /** Whether `wanted` is the least or the most. */
  readonly is: 'least' | 'most';
  /** Of both numbers; absent for a ratio. */
  readonly unit?: string;
}

/** What a page says of one benchmark's figures. */
export interface Section {
  /** Markdown: how it was measured, and the figures. */
  readonly text: string;
  readonly targets: readonly Target[];
  /** For the chart of the benchmark, if it has one of its own. */
  readonly bars?: readonly RatioBar[];
}

/** Sizes that a run may set. */
export interface Sizes {
  readonly soakOrders: number;
}

/** One benchmark: how it measures, and how its figures read. */
export interface Benchmark<Figures = unknown> {
  readonly title: string;
  /** The file of a chart of its own, beside the page. */
  readonly chart?: string;
  /** When it takes longer, it has failed. */
  readonly minutesMax: number;
  measure(sizes: Sizes): Promise<Figures>;
  /** The figures may have been through JSON since they were measured. */
  present(figures: Figures): Section;
}

/** Benchmarks by name, in the order in which they run and in which the page has them. */
export type Benchmarks = Readonly<Record<string, Benchmark>>;

/** Whether a target was reached. A figure that is no number reaches none. */
export const holds = ({ measured, wanted, is }: Target): boolean =>
  is === 'least' ? measured >= wanted : measured <= wanted;
