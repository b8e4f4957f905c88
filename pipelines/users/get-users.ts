import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FoundUser, GetUsersAnswer, GetUsersBody } from '../../contracts/api/batch.ts';
import type { UserId } from '../../contracts/ids.ts';
import { userKey } from '../../contracts/keys.ts';
import { read, valueIssues } from '../../contracts/reading.ts';
import { batchRetry, stoppedForNow } from '../batch/batch-retry.ts';
import { inChunks } from '../batch/in-chunks.ts';
import { awsErrorKind } from '../core/aws-errors.ts';
import { BATCH_GET_KEYS_MAX, batchGetSome } from '../core/batch-get.ts';
import type { Clock } from '../core/clock.ts';
import { isExpired } from '../core/expiry.ts';
import { PublicUser, userView } from './user-view.ts';

export interface GetUsersDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** What is read of a user: no private field. */
const ATTRIBUTES = Object.keys(PublicUser.shape);

/**
 * Reads users, consistently: one that was created before the call is found, and one whose time is up is not. What is not read when `signal` is aborted, or
 * breaks its contract, is told as unknown.
 *
 * @returns the users in the order asked for, the absent ones among them.
 * @throws the SDK's own error when a request can never go through.
 */
export async function getUsers(
  deps: GetUsersDeps,
  { userIds }: GetUsersBody,
  signal: AbortSignal,
): Promise<GetUsersAnswer> {
  return {
    users: [...(await inChunks(userIds, BATCH_GET_KEYS_MAX, (chunk) => getChunk(deps, chunk, signal)))],
  };
}

async function getChunk(
  deps: GetUsersDeps,
  userIds: readonly UserId[],
  signal: AbortSignal,
): Promise<readonly FoundUser[]> {
  const read = { tableName: deps.tableName, keys: userIds.map(userKey), attributes: ATTRIBUTES };
  const { items, keysLeft, failure } = await batchGetSome(deps.dynamoDb, read, batchRetry(signal));
  if (failure !== undefined) {
    if (!stoppedForNow(failure, signal)) throw failure;
    const details = { users: keysLeft.length, awsErrorKind: awsErrorKind(failure) };
    deps.logger.warn('Users of a batch were left', details);
  }
  const itemsByPk = new Map(items.map((item) => [item['pk'], item]));
  const left = new Set(keysLeft.map(({ pk }) => pk));
  return userIds.map((userId) => {
    const { pk } = userKey(userId);
    return left.has(pk)
      ? { userId, found: 'unknown', retryable: true }
      : foundUser(deps, userId, itemsByPk.get(pk));
  });
}

function foundUser({ clock, logger }: GetUsersDeps, userId: UserId, item: unknown): FoundUser {
  if (item === undefined) return { userId, found: false };
  const user = read(PublicUser, item);
  if (!user.success) {
    logger.error('A user breaks its contract', { issues: valueIssues(user.error) });
    return { userId, found: 'unknown', retryable: false };
  }
  return isExpired(user.data, clock.now())
    ? { userId, found: false }
    : { userId, found: true, user: userView(user.data) };
}
