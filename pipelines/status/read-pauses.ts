import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { earlierOf, type Instant } from '../../contracts/ids.ts';
import { ActivityItem, activityPartition } from '../../contracts/operations/operations-items.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../contracts/units.ts';
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

/** A mapping reads on until its last invocations end. See https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html. */
const PAUSING_MS_MAX = 15 * MS_PER_MINUTE;
/** So long before its mapping last changed may a consumer have been paused. The stream keeps its records for less. */
const PAUSED_MS_MAX = 7 * MS_PER_DAY;
/** An operator's clock may be ahead by so much: AWS refuses a request that is signed by one that is further ahead. */
const AHEAD_MS_MAX = 5 * MS_PER_MINUTE;

/**
 * Who paused each consumer that is paused, by the activity log: its last pause before the mapping changed, if it was not resumed since. The
 * mapping may change again while it is paused. What failed is left out, as is an entry that cannot be parsed.
 *
 * @throws the SDK's own errors.
 */
export const readPauses = (
  deps: PausesDeps,
  mappings: StatusInputs['mappings'],
  signal: AbortSignal,
): Promise<StatusInputs['pauses']> =>
  ofPaused(mappings, {}, (consumer, changedAt) => pauseOf(deps, consumer, changedAt, signal));

async function pauseOf(
  { dynamoDb, operationsTableName }: PausesDeps,
  consumer: ConsumerName,
  changedAt: Instant,
  signal: AbortSignal,
): Promise<ActivityItem | undefined> {
  const changedMs = Date.parse(changedAt);
  const from = instantOf(new Date(changedMs - PAUSED_MS_MAX));
  const to = instantOf(new Date(changedMs + AHEAD_MS_MAX));
  for (const month of new Set([activityPartition(to), activityPartition(from)])) {
    const query = {
      TableName: operationsTableName,
      KeyConditionExpression: 'pk = :month AND sk BETWEEN :from AND :to',
      FilterExpression: '#action IN (:pause, :resume) AND target = :consumer AND outcome <> :failed',
      ExpressionAttributeNames: { '#action': 'action' },
      ExpressionAttributeValues: marshall({
        ...{ ':month': month, ':from': from, ':to': to },
        ...{ ':pause': 'pause', ':resume': 'resume', ':consumer': consumer, ':failed': 'failed' },
      }),
      ScanIndexForward: false,
      ConsistentRead: true,
    };
    for await (const image of queryItems(dynamoDb, query, signal)) {
      const last = read(ActivityItem, unmarshal(image)).data;
      if (last !== undefined) return last.action === 'pause' ? last : undefined;
    }
  }
  return undefined;
}

/** The pauses that still hold. A mapping that has read since was enabled meanwhile, by a deployment or by hand. */
export const heldPauses = (
  pauses: StatusInputs['pauses'],
  lastReads: StatusInputs['lastReads'],
): StatusInputs['pauses'] => {
  const held = (consumer: ConsumerName) => {
    const { [consumer]: pause } = pauses;
    const readAt = lastReads[consumer]?.at ?? '';
    return pause !== undefined && readAt > instantOf(new Date(Date.parse(pause.at) + PAUSING_MS_MAX))
      ? undefined
      : pause;
  };
  return ofConsumers(held('order-events'), held('search-index'));
};

/** When a consumer that is paused was paused, as far as it is known. Without an entry of the log that is when its mapping changed last, or earlier. */
export const pausedAt = (
  { changedAt }: MappingDescription,
  pause: StatusInputs['pauses'][ConsumerName],
): Instant | undefined => (changedAt === undefined ? pause?.at : earlierOf(pause?.at, changedAt));

/**
 * The metrics of each consumer that is paused as they were when it was paused: how far it was behind then.
 *
 * @throws the SDK's own errors.
 */
export const readMetricsAtPause = (
  deps: ConsumerMetricsDeps,
  mappings: StatusInputs['mappings'],
  pauses: StatusInputs['pauses'],
  signal?: AbortSignal,
): Promise<StatusInputs['metricsAtPause']> =>
  ofPaused(mappings, pauses, async (consumer, at) => {
    const clock = { now: () => new Date(at) };
    return (await readConsumerMetrics({ ...deps, clock }, signal))[consumer];
  });

/** What is read of each consumer that is paused, by when it was paused. */
async function ofPaused<Found>(
  mappings: StatusInputs['mappings'],
  pauses: StatusInputs['pauses'],
  readOne: (consumer: ConsumerName, at: Instant) => Promise<Found | undefined>,
): Promise<Partial<Record<ConsumerName, Found>>> {
  const readPaused = async (consumer: ConsumerName): Promise<Found | undefined> => {
    const { [consumer]: mapping } = mappings;
    if (mapping === undefined || !isPaused(mapping)) return undefined;
    const at = pausedAt(mapping, pauses[consumer]);
    return at === undefined ? undefined : readOne(consumer, at);
  };
  return ofConsumers(...(await Promise.all([readPaused('order-events'), readPaused('search-index')])));
}

/** What was found of each consumer. */
export const ofConsumers = <Found>(
  orderEvents: Found | undefined,
  searchIndex: Found | undefined,
): Partial<Record<ConsumerName, Found>> => ({
  ...(orderEvents === undefined ? {} : { 'order-events': orderEvents }),
  ...(searchIndex === undefined ? {} : { 'search-index': searchIndex }),
});
