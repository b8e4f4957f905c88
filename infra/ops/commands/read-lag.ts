import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { MAPPINGS_PATH, MappingStatuses } from '../../local/running/control-server.ts';
import type { OpsTarget } from '../target/ops-target.ts';

/** How far behind a mapping is; of one shard where that is known. */
export interface MappingLag {
  readonly mapping: string;
  readonly shardId?: string;
  readonly state?: string;
  readonly recordsWaiting?: number;
  /** Absent where nothing was read within the last minutes. */
  readonly secondsBehind?: number;
  readonly retries?: number;
}

const CONTROL_TIMEOUT_MS = 5_000;
const MS_PER_SECOND = 1_000;
const PERIOD_SECONDS = 60;
const LOOK_BACK_MS = 10 * 60 * MS_PER_SECOND;

/**
 * Reads the lag: on this machine from the mappings themselves, shard by shard; of a stack from CloudWatch's IteratorAge,
 * which Lambda tells for the whole of a mapping.
 * See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
 */
export async function readLag({ place, resources }: OpsTarget): Promise<readonly MappingLag[]> {
  if (place.kind === 'aws') return iteratorAges(place.cloudWatch, resources.consumers);
  const answer = await fetch(place.running.controlUrl + MAPPINGS_PATH, {
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  });
  return Object.entries(MappingStatuses.parse(await answer.json())).flatMap(([mapping, shards]) =>
    shards.map(({ shardId, state, recordsWaiting, millisBehind, retries }) => ({
      mapping,
      shardId,
      state,
      recordsWaiting,
      secondsBehind: Math.round(millisBehind / MS_PER_SECOND),
      retries,
    })),
  );
}

async function iteratorAges(
  cloudWatch: CloudWatchClient,
  consumers: OpsTarget['resources']['consumers'],
): Promise<readonly MappingLag[]> {
  const named = Object.entries(consumers);
  const now = new Date();
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - LOOK_BACK_MS),
      EndTime: now,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: named.map(([, { functionName }], index) => ({
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
