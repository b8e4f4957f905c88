import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MappingLag, Throughput, ThroughputSeries } from '../../contracts/api/operators.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';

const PERIOD_SECONDS = 60;
const PERIODS = 30;
const PERIOD_MS = PERIOD_SECONDS * MS_PER_SECOND;
const EVENT_TYPES = ['INSERT', 'MODIFY', 'REMOVE'];

/**
 * How many records a second the consumers handled in each of the last 30 complete minutes, from the metric that they publish.
 *
 * @param service The dimension `service` of this system's metrics.
 * @throws the SDK's own errors.
 */
async function handledRecords(
  cloudWatch: CloudWatchClient,
  service: string,
  consumers: readonly ConsumerName[],
  now: Date,
): Promise<Pick<Throughput, 'from' | 'periodSeconds' | 'series'>> {
  const endMs = Math.floor(now.getTime() / PERIOD_MS) * PERIOD_MS;
  const startMs = endMs - PERIODS * PERIOD_MS;
  const wanted = consumers.flatMap((consumer) => EVENT_TYPES.map((eventType) => ({ consumer, eventType })));
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(startMs),
      EndTime: new Date(endMs),
      MetricDataQueries: wanted.map(({ consumer, eventType }, index) => ({
        Id: `handled${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'order-stream',
            MetricName: 'RecordsHandled',
            Dimensions: [
              { Name: 'service', Value: service },
              { Name: 'consumer', Value: consumer },
              { Name: 'eventType', Value: eventType },
            ],
          },
          Period: PERIOD_SECONDS,
          Stat: 'Sum',
        },
      })),
    }),
  );
  const series = wanted.map((one, index): ThroughputSeries => {
    const { Timestamps = [], Values = [] } =
      MetricDataResults.find(({ Id }) => Id === `handled${index}`) ?? {};
    const countAt = new Map(Timestamps.map((at, place) => [at.getTime(), Values[place] ?? 0]));
    // A minute without records has no value.
    const counts = Array.from({ length: PERIODS }, (_, n) => countAt.get(startMs + n * PERIOD_MS) ?? 0);
    return { ...one, perSecond: counts.map((count) => count / PERIOD_SECONDS) };
  });
  return { from: instantOf(new Date(startMs)), periodSeconds: PERIOD_SECONDS, series };
}

const LOOK_BACK_MS = 10 * 60 * MS_PER_SECOND;

/**
 * The lag of each consumer, from CloudWatch's IteratorAge, which Lambda publishes for a complete mapping.
 * See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
 *
 * @param functions The names of the consumers' functions, by consumer.
 * @throws the SDK's own errors.
 */
export async function iteratorAges(
  cloudWatch: CloudWatchClient,
  functions: Readonly<Record<string, string>>,
  now: Date,
): Promise<readonly MappingLag[]> {
  const named = Object.entries(functions);
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - LOOK_BACK_MS),
      EndTime: now,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: named.map(([, functionName], index) => ({
        Id: `age${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'IteratorAge',
            Dimensions: [{ Name: 'FunctionName', Value: functionName }],
          },
          Period: PERIOD_SECONDS,
          Stat: 'Maximum',
        },
      })),
    }),
  );
  return named.map(([mapping], index) => {
    const millis = MetricDataResults.find(({ Id }) => Id === `age${index}`)?.Values?.[0];
    return {
      mapping,
      ...(millis === undefined ? {} : { secondsBehind: Math.round(millis / MS_PER_SECOND) }),
    };
  });
}

export interface ReadThroughputDeps {
  readonly cloudWatch: CloudWatchClient;
  /** The dimension `service` of this system's metrics. */
  readonly service: string;
  /** The name of each consumer's function. */
  readonly functions: Readonly<Record<ConsumerName, string>>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Reads the throughput and the lag of the consumers, a minute or two late. @throws the SDK's own errors. */
export async function readThroughput({
  cloudWatch,
  service,
  functions,
  clock,
}: ReadThroughputDeps): Promise<Throughput> {
  const now = clock.now();
  const [lags, throughput] = await Promise.all([
    iteratorAges(cloudWatch, functions, now),
    handledRecords(cloudWatch, service, ConsumerName.options, now),
  ]);
  return { lags: [...lags], ...throughput };
}
