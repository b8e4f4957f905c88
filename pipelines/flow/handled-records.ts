import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { FlowSeries, FlowView } from '../../contracts/api/flow.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { instantOf } from '../core/clock.ts';

const PERIOD_SECONDS = 60;
const PERIODS = 30;
const MS_PER_SECOND = 1_000;
const PERIOD_MS = PERIOD_SECONDS * MS_PER_SECOND;
const EVENT_TYPES = ['INSERT', 'MODIFY', 'REMOVE'];

/**
 * How many records a second the consumers handled in each of the last 30 whole minutes, from the metric that they publish.
 *
 * @param service The dimension `service` of this system's metrics.
 * @throws the SDK's own errors.
 */
export async function handledRecords(
  cloudWatch: CloudWatchClient,
  service: string,
  consumers: readonly ConsumerName[],
  now: Date,
): Promise<Pick<FlowView, 'from' | 'periodSeconds' | 'series'>> {
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
  const series = wanted.map((one, index): FlowSeries => {
    const { Timestamps = [], Values = [] } =
      MetricDataResults.find(({ Id }) => Id === `handled${index}`) ?? {};
    const countAt = new Map(Timestamps.map((at, place) => [at.getTime(), Values[place] ?? 0]));
    // A minute without records has no value.
    const counts = Array.from({ length: PERIODS }, (_, n) => countAt.get(startMs + n * PERIOD_MS) ?? 0);
    return { ...one, perSecond: counts.map((count) => count / PERIOD_SECONDS) };
  });
  return { from: instantOf(new Date(startMs)), periodSeconds: PERIOD_SECONDS, series };
}
