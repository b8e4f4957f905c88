import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { MS_PER_SECOND } from '../../contracts/units.ts';

/** A metric in one statistic. */
export interface MetricQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Maximum';
}

/** The periods that are read. CloudWatch has a point for each that has a value. */
export interface MetricRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** A multiple of 60. */
  readonly periodSeconds: number;
}

/** A metric's value in each period that has one, by the start of the period in epoch milliseconds. */
export type MetricPoints = ReadonlyMap<number, number>;

const NO_POINTS: MetricPoints = new Map();

/**
 * Reads metrics in one request.
 *
 * @param queries By a name of the caller's. At most 500; see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
 * @returns the points of a metric by its name.
 * @throws the SDK's own errors.
 */
export async function readMetrics<Name extends string>(
  cloudWatch: CloudWatchClient,
  queries: Readonly<Record<Name, MetricQuery>>,
  { fromMs, toMs, periodSeconds }: MetricRange,
  signal?: AbortSignal,
): Promise<(name: Name) => MetricPoints> {
  const named = Object.entries<MetricQuery>(queries);
  const command = new GetMetricDataCommand({
    StartTime: new Date(fromMs),
    EndTime: new Date(toMs),
    MetricDataQueries: named.map(([, { namespace, name, dimensions, statistic }], index) => ({
      Id: `m${index}`,
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: periodSeconds,
        Stat: statistic,
      },
    })),
  });
  const { MetricDataResults = [] } = await cloudWatch.send(command, signal && { abortSignal: signal });
  const byName = new Map(
    named.map(([name], index) => {
      const { Timestamps = [], Values = [] } = MetricDataResults.find(({ Id }) => Id === `m${index}`) ?? {};
      return [name, new Map(Timestamps.map((at, place) => [at.getTime(), Values[place] ?? 0]))] as const;
    }),
  );
  return (name) => byName.get(name) ?? NO_POINTS;
}

/** A metric that Lambda publishes of a function. See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html. */
export const lambdaMetric = (
  name: 'IteratorAge' | 'Errors' | 'Invocations' | 'Throttles',
  functionName: string,
): MetricQuery => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: functionName },
  statistic: name === 'IteratorAge' ? 'Maximum' : 'Sum',
});

/** The start of the period of an instant. */
export const periodStart = (ms: number, periodSeconds: number): number =>
  Math.floor(ms / (periodSeconds * MS_PER_SECOND)) * periodSeconds * MS_PER_SECOND;
