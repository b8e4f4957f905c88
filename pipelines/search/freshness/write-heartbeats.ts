import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { HEARTBEAT_IDS, HeartbeatId } from '../../../contracts/ids.ts';
import type { HeartbeatItem } from '../../../contracts/items/heartbeat.ts';
import { heartbeatKey } from '../../../contracts/keys.ts';
import { parse } from '../../../contracts/reading.ts';
import { type Clock, instantOf } from '../../core/clock.ts';
import { settleAll } from '../../core/settle-all.ts';

export interface HeartbeatDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Writes every heartbeat anew. They are apart from each other, so that one that a busy partition refuses stops no other.
 *
 * @throws the SDK's own error when one of them was not written.
 */
export const writeHeartbeats = (deps: HeartbeatDeps): Promise<void> =>
  settleAll(HEARTBEAT_IDS.map((id) => beat(deps, parse(HeartbeatId, id))));

async function beat({ dynamoDb, tableName, clock }: HeartbeatDeps, heartbeatId: HeartbeatId): Promise<void> {
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
