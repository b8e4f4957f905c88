import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { UserId } from '../../contracts/ids.ts';
import { WriteRate, writeRateKey } from '../../contracts/limits.ts';
import { read } from '../../contracts/reading.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../contracts/units.ts';
import type { Clock } from '../clock.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { TooManyWritesError } from '../request-errors.ts';

export const writeRateSettings = {
  /** The most writes of a user a minute, up to 10,000; 0 for any number. */
  writesPerMinute: () => wholeNumber(0),
};

export interface WriteRateDeps extends SettingsOf<typeof writeRateSettings> {
  readonly dynamoDb: DynamoDBClient;
  readonly idempotencyTableName: string;
  readonly clock: Clock;
}

/** Takes a token of a user for one write. @throws TooManyWritesError; the SDK's own error, without which no write goes on. */
export type TakeWriteToken = (userId: UserId) => Promise<void>;

/** How long the bucket of a user who writes nothing is kept. It is full after a minute. */
const BUCKET_LIFE_SECONDS = 3_600;

/**
 * Limits the writes of each user by a bucket of `perMinute` tokens that fills at that rate. The bucket is one number, the time at which it is
 * full again (the generic cell rate algorithm, see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm), which a conditional update
 * moves on. A first write takes one request, and further ones within the time of a refill two: an expression has no maximum.
 */
export function writeRate(deps: WriteRateDeps): TakeWriteToken {
  const { writesPerMinute: perMinute } = deps;
  if (perMinute === 0) return async () => undefined;
  const refillMs = Math.ceil(MS_PER_MINUTE / perMinute);
  return async (userId) => {
    const nowMs = deps.clock.now().getTime();
    /** With a bucket that is full any later, it has no token. */
    const fullAtMsMax = nowMs + refillMs * (perMinute - 1);
    const ofFull = {
      UpdateExpression: 'SET fullAtMs = :next, expiresAt = :expiresAt',
      ConditionExpression: 'attribute_not_exists(fullAtMs) OR fullAtMs <= :now',
      values: { ':next': nowMs + refillMs, ':now': nowMs },
    };
    const found = await update(deps, userId, ofFull);
    if (found === undefined) return;
    const ofOther = {
      UpdateExpression: 'SET fullAtMs = fullAtMs + :refill, expiresAt = :expiresAt',
      ConditionExpression: 'fullAtMs <= :max',
      values: { ':refill': refillMs, ':max': fullAtMsMax },
    };
    const fullAtMs = found > fullAtMsMax ? found : await update(deps, userId, ofOther);
    if (fullAtMs !== undefined)
      throw new TooManyWritesError(
        Math.max(1, Math.ceil((fullAtMs - fullAtMsMax) / MS_PER_SECOND)),
        perMinute,
      );
  };
}

interface BucketUpdate {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Updates a bucket, or returns when it is full where the condition does not hold. */
async function update(
  { dynamoDb, idempotencyTableName: TableName, clock }: WriteRateDeps,
  userId: UserId,
  { values, ...expressions }: BucketUpdate,
): Promise<number | undefined> {
  const expiresAt = Math.floor(clock.now().getTime() / MS_PER_SECOND) + BUCKET_LIFE_SECONDS;
  try {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName,
        Key: marshall(writeRateKey(userId)),
        ...expressions,
        ExpressionAttributeValues: marshall({ ...values, ':expiresAt': expiresAt }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // Without an item DynamoDB has deleted a bucket that was full.
    return read(WriteRate, unmarshal(error.Item ?? {})).data?.fullAtMs ?? 0;
  }
}
