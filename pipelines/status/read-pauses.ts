import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Instant } from '../../contracts/ids.ts';
import { ActivityItem, activityPartition } from '../../contracts/operations/operations-items.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_MINUTE } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { isPaused, type MappingDescription } from './consumer-mappings.ts';
import { type ConsumerMetricsDeps, readConsumerMetrics } from './consumer-metrics.ts';
import type { StatusInputs } from './status-inputs.ts';

/** Where the activity log is. */
export interface PausesDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
}

/** A mapping changes again once its last invocations end. See https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html. */
const CHANGING_MS_MAX = 15 * MS_PER_MINUTE;
/** An operator's clock may be ahead by so much: AWS refuses a request that is signed by one that is further ahead. */
const AHEAD_MS_MAX = 5 * MS_PER_MINUTE;

/**
 * Who paused each consumer that is paused, by the activity log: its last pause before the mapping changed, which may not have failed. A
 * consumer without one has none, and an entry that cannot be parsed is left out.
 *
 * @throws the SDK's own errors.
 */
export const readPauses = (
  deps: PausesDeps,
  mappings: Readonly<Record<ConsumerName, MappingDescription>>,
  signal: AbortSignal,
): Promise<StatusInputs['pauses']> =>
  ofPaused(mappings, (consumer, changedAt) => pauseOf(deps, consumer, changedAt, signal));

async function pauseOf(
  { dynamoDb, operationsTableName }: PausesDeps,
  consumer: ConsumerName,
  changedAt: Instant,
  signal: AbortSignal,
): Promise<ActivityItem | undefined> {
  const changedMs = Date.parse(changedAt);
  const from = instantOf(new Date(changedMs - CHANGING_MS_MAX));
  const to = instantOf(new Date(changedMs + AHEAD_MS_MAX));
  let last: ActivityItem | undefined;
  for (const month of new Set([activityPartition(from), activityPartition(to)])) {
    const query = {
      TableName: operationsTableName,
      KeyConditionExpression: 'pk = :month AND sk BETWEEN :from AND :to',
      FilterExpression: '#action = :pause AND target = :consumer AND outcome <> :failed',
      ExpressionAttributeNames: { '#action': 'action' },
      ExpressionAttributeValues: marshall({
        ...{ ':month': month, ':from': from, ':to': to },
        ...{ ':pause': 'pause', ':consumer': consumer, ':failed': 'failed' },
      }),
      ConsistentRead: true,
    };
    for await (const image of queryItems(dynamoDb, query, signal))
      last = read(ActivityItem, unmarshal(image)).data ?? last;
  }
  return last;
}

/**
 * The metrics of each consumer that is paused as they were when its mapping changed: how far it was behind then.
 *
 * @throws the SDK's own errors.
 */
export const readMetricsAtPause = (
  deps: ConsumerMetricsDeps,
  mappings: Readonly<Record<ConsumerName, MappingDescription>>,
  signal?: AbortSignal,
): Promise<StatusInputs['metricsAtPause']> =>
  ofPaused(mappings, async (consumer, changedAt) => {
    const clock = { now: () => new Date(changedAt) };
    return (await readConsumerMetrics({ ...deps, clock }, signal))[consumer];
  });

/** What is read of each consumer that is paused, by when its mapping changed. */
async function ofPaused<Found>(
  mappings: Readonly<Record<ConsumerName, MappingDescription>>,
  readOne: (consumer: ConsumerName, changedAt: Instant) => Promise<Found | undefined>,
): Promise<Partial<Record<ConsumerName, Found>>> {
  const readPaused = async (consumer: ConsumerName): Promise<Found | undefined> => {
    const { [consumer]: mapping } = mappings;
    if (!isPaused(mapping) || mapping.changedAt === undefined) return undefined;
    return readOne(consumer, mapping.changedAt);
  };
  const [orderEvents, searchIndex] = await Promise.all([
    readPaused('order-events'),
    readPaused('search-index'),
  ]);
  return {
    ...(orderEvents === undefined ? {} : { 'order-events': orderEvents }),
    ...(searchIndex === undefined ? {} : { 'search-index': searchIndex }),
  };
}
