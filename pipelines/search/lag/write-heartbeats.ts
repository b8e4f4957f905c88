import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { HeartbeatItem } from '../../../contracts/entities/heartbeat.ts';
import { heartbeatKey } from '../../../contracts/entities/heartbeat.ts';
import { HEARTBEAT_IDS, HeartbeatId } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { settleAll } from '../../aws/settle-all.ts';
import { type Clock, instantOf } from '../../clock.ts';
import type { OpenSearchClient } from '../open-search.ts';
import { readIndexLag } from './index-lag.ts';

interface HeartbeatDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Writes every heartbeat again. Each has its own partition, so that one that a busy partition refuses stops no other.
 *
 * @throws the SDK's own error when one of them was not written.
 */
const putHeartbeats = (deps: HeartbeatDeps): Promise<void> =>
  settleAll(HEARTBEAT_IDS.map((id) => putHeartbeat(deps, parse(HeartbeatId, id))));

async function putHeartbeat(
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

/** The metric of the index lag, in seconds. */
export interface IndexLagMetric {
  publish(lagSeconds: number): void;
}

export interface WriteHeartbeatsDeps extends HeartbeatDeps {
  readonly openSearch: OpenSearchClient;
  readonly metric: IndexLagMetric;
}

/**
 * Writes the heartbeats, and publishes the index lag by those that have arrived. While the lag is unknown, it publishes
 * nothing: the alarm on the metric treats missing data as lag.
 *
 * @throws the SDK's own error when a heartbeat was not written.
 */
export const writeHeartbeats = (deps: WriteHeartbeatsDeps): Promise<void> =>
  settleAll([putHeartbeats(deps), publishIndexLag(deps)]);

async function publishIndexLag({ openSearch, clock, metric }: WriteHeartbeatsDeps): Promise<void> {
  const lag = await readIndexLag(openSearch, clock);
  if (lag !== undefined) metric.publish(lag.lagSeconds);
}
