import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { HeartbeatItem } from '../../../contracts/entities/heartbeat.ts';
import { heartbeatKey } from '../../../contracts/entities/heartbeat.ts';
import { HEARTBEAT_IDS, HeartbeatId } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { settleAll } from '../../aws/settle-all.ts';
import { type Clock, instantOf } from '../../clock.ts';
import type { OpenSearchClient } from '../open-search.ts';
import { indexFreshness } from './index-lag.ts';

interface HeartbeatDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Writes every heartbeat anew. They are apart from each other, so that one that a busy partition refuses stops no other.
 *
 * @throws the SDK's own error when one of them was not written.
 */
const writeHeartbeats = (deps: HeartbeatDeps): Promise<void> =>
  settleAll(HEARTBEAT_IDS.map((id) => writeHeartbeat(deps, parse(HeartbeatId, id))));

async function writeHeartbeat(
  { dynamoDb, tableName, clock }: HeartbeatDeps,
  heartbeatId: HeartbeatId,
): Promise<void> {
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: marshall(heartbeatKey(heartbeatId)),
      UpdateExpression:
        'SET entityType = :entityType, heartbeatId = :id, updatedAt = :now, createdAt = if_not_exists(createdAt, :now), version = if_not_exists(version, :versionBeforeFirst) + :one',
      ExpressionAttributeValues: marshall({
        ':entityType': 'Heartbeat' satisfies HeartbeatItem['entityType'],
        ':id': heartbeatId,
        ':now': instantOf(clock.now()),
        ':versionBeforeFirst': clock.firstVersion() - 1,
        ':one': 1,
      }),
    }),
  );
}

/** Where it goes how far the index is behind the table, in seconds. */
export interface FreshnessMetric {
  publish(behindSeconds: number): void;
}

export interface BeatDeps extends HeartbeatDeps {
  readonly openSearch: OpenSearchClient;
  readonly metric: FreshnessMetric;
}

/**
 * Writes the heartbeats, and publishes how far the index is behind by those that have come. While nobody can tell, it publishes
 * nothing: the alarm on the metric takes silence for lag.
 *
 * @throws the SDK's own error when a heartbeat was not written.
 */
export const beat = (deps: BeatDeps): Promise<void> =>
  settleAll([writeHeartbeats(deps), publishFreshness(deps)]);

async function publishFreshness({ openSearch, clock, metric }: BeatDeps): Promise<void> {
  const freshness = await indexFreshness(openSearch, clock);
  if (freshness !== undefined) metric.publish(freshness.behindSeconds);
}
