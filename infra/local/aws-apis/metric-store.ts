import * as z from 'zod';
import { read, readJson } from '../../../contracts/reading.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../contracts/units.ts';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';

/** A metric of CloudWatch: what its values are added under. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The statistics that are kept. */
export const Statistic = z.enum(['Sum', 'Maximum', 'Minimum', 'Average', 'SampleCount']);
export type Statistic = z.infer<typeof Statistic>;

/** The points of a metric: the start of each period that has a value, and the value. */
export interface MetricPoints {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

interface Bucket {
  sum: number;
  maximum: number;
  minimum: number;
  count: number;
}

/** The longest history that a reader asks for. */
const KEPT_MS = 24 * 60 * MS_PER_MINUTE;
/** Most lines of a log are no metrics, and this text is in all that are. */
const EMF_MARK = '"CloudWatchMetrics"';

/** A document in embedded metric format. See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html. */
const EmfDocument = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});
const Values = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** The metrics of this process, by minute, for 24 hours: what CloudWatch keeps of a stack. The current minute is up to date. */
export class MetricStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #metrics = new Map<string, Map<number, Bucket>>();
  readonly #totals = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#clock = clock;
  }

  /** Adds a value, by default of now. */
  record(metric: Metric, value: number, atMs = this.#clock.now().getTime()): void {
    const key = keyOf(metric);
    const buckets = this.#metrics.get(key) ?? new Map<number, Bucket>();
    this.#metrics.set(key, buckets);
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + value);
    const minute = floorTo(atMs, MS_PER_MINUTE);
    const bucket = buckets.get(minute);
    if (bucket === undefined) {
      buckets.set(minute, { sum: value, maximum: value, minimum: value, count: 1 });
      for (const old of buckets.keys()) if (old < minute - KEPT_MS) buckets.delete(old);
      return;
    }
    bucket.sum += value;
    bucket.maximum = Math.max(bucket.maximum, value);
    bucket.minimum = Math.min(bucket.minimum, value);
    bucket.count += 1;
  }

  /** Adds the metrics of a line of a function's log that is in embedded metric format. Any other line has none. */
  recordLogLine(line: string): void {
    if (!line.includes(EMF_MARK)) return;
    const emf = readJson(EmfDocument, line);
    if (!emf.success) return;
    const document: Readonly<Record<string, unknown>> = emf.data;
    const { Timestamp, CloudWatchMetrics } = emf.data._aws;
    for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
        for (const { Name } of Metrics) {
          const values = read(Values, document[Name]).data ?? [];
          for (const value of values)
            this.record({ namespace: Namespace, name: Name, dimensions }, value, Timestamp);
        }
      }
    }
  }

  /** The sum of all values of a metric since the start. */
  total(metric: Metric): number {
    return this.#totals.get(keyOf(metric)) ?? 0;
  }

  /**
   * The points of a metric, the oldest first. A period without values has no point.
   *
   * @param periodSeconds A multiple of 60.
   */
  points(
    metric: Metric,
    statistic: Statistic,
    periodSeconds: number,
    fromMs: number,
    toMs: number,
  ): MetricPoints {
    const periodMs = periodSeconds * MS_PER_SECOND;
    const startMs = floorTo(fromMs, MS_PER_MINUTE);
    const buckets = [...(this.#metrics.get(keyOf(metric)) ?? [])].filter(
      ([minute]) => minute >= startMs && minute < toMs,
    );
    const periods = Map.groupBy(buckets, ([minute]) => startMs + floorTo(minute - startMs, periodMs));
    const sorted = [...periods].toSorted(([one], [other]) => one - other);
    return {
      timesMs: sorted.map(([timeMs]) => timeMs),
      values: sorted.map(([, entries]) => STATISTICS[statistic](entries.map(([, bucket]) => bucket))),
    };
  }
}

const sumOf = (buckets: readonly Bucket[], member: 'sum' | 'count'): number =>
  buckets.reduce((sum, bucket) => sum + bucket[member], 0);

const STATISTICS: Readonly<Record<Statistic, (buckets: readonly Bucket[]) => number>> = {
  Sum: (buckets) => sumOf(buckets, 'sum'),
  SampleCount: (buckets) => sumOf(buckets, 'count'),
  Average: (buckets) => sumOf(buckets, 'sum') / sumOf(buckets, 'count'),
  Maximum: (buckets) => Math.max(...buckets.map(({ maximum }) => maximum)),
  Minimum: (buckets) => Math.min(...buckets.map(({ minimum }) => minimum)),
};

const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;

/** The same for the same dimensions in any order. */
const keyOf = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([
    namespace,
    name,
    ...Object.entries(dimensions).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ]);
