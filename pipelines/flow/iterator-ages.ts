import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MappingLag } from '../../contracts/api/flow.ts';

const MS_PER_SECOND = 1_000;
const PERIOD_SECONDS = 60;
const LOOK_BACK_MS = 10 * 60 * MS_PER_SECOND;

/**
 * How far behind each consumer is, from CloudWatch's IteratorAge, which Lambda tells for the whole of a mapping.
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
