import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import {
  type FoundUser,
  type GetUsersBody,
  type GetUsersResponse,
  UserView,
} from '../../contracts/api/users.ts';
import { checkKey, itemAttributes } from '../../contracts/entities/entity.ts';
import { UserItem, userKey, userProfile } from '../../contracts/entities/user.ts';
import { UserId, type Version } from '../../contracts/ids.ts';
import { parse, read, valueIssues } from '../../contracts/reading.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import type { Clock } from '../clock.ts';
import { batchRetry, inChunks, stoppedForNow } from '../dynamodb/batches.ts';
import { expiryOf, isExpired } from '../dynamodb/expiry.ts';
import { BATCH_GET_KEYS_MAX, batchGetSome, readItem } from '../dynamodb/read-items.ts';
import { NotFoundError, VersionMismatchError } from '../request-errors.ts';

const { email: _private, ...publicProfile } = userProfile;

/** A user's item without the private fields: it keeps the contract as far as that can be seen without them. */
const PublicUser = z
  .object({ ...itemAttributes, entityType: z.literal('User'), userId: UserId, ...publicProfile })
  .superRefine((user, ctx) => checkKey(user, userKey(user.userId), ctx));
type PublicUser = z.infer<typeof PublicUser>;

/** A user without the private fields. */
export const userView = ({ ttl, ...user }: PublicUser): UserView =>
  parse(UserView, { ...user, ...(ttl === undefined ? {} : { expiresAt: expiryOf(ttl) }) });

export interface UserDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Reads the public fields of a user; the private ones are not read from the table. Eventually consistent, at half the price,
 * unless `consistent` is set.
 *
 * @throws NotFoundError where there is none, or the user is expired.
 */
export async function readPublicUser(
  { dynamoDb, tableName, clock }: UserDeps,
  { userId, consistent }: { readonly userId: UserId; readonly consistent: boolean },
): Promise<UserView> {
  const user = await readItem(dynamoDb, {
    tableName,
    key: userKey(userId),
    schema: PublicUser,
    attributes: Object.keys(PublicUser.shape),
    consistent,
  });
  if (user === undefined || isExpired(user, clock.now())) throw new NotFoundError('user');
  return userView(user);
}

/**
 * Reads all fields of a user with strong consistency, for a change.
 *
 * @throws NotFoundError where there is none, or the user is expired; VersionMismatchError when they are not of the version that
 * the caller has seen.
 */
export async function readUserToChange(
  { dynamoDb, tableName, clock }: UserDeps,
  { userId, ifMatch }: { readonly userId: UserId; readonly ifMatch: Version | undefined },
): Promise<UserItem> {
  const user = await readItem(dynamoDb, { tableName, key: userKey(userId), schema: UserItem });
  if (user === undefined || isExpired(user, clock.now())) throw new NotFoundError('user');
  if (ifMatch !== undefined && ifMatch !== user.version) throw new VersionMismatchError();
  return user;
}

export interface GetUsersDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** What is read of a user: no private field. */
const ATTRIBUTES = Object.keys(PublicUser.shape);

/**
 * Reads users, consistently: one that was created before the call is found, and an expired one is not. Users that are not read when `signal` aborts, or
 * that violate their contract, are reported as unknown.
 *
 * @returns the users in the requested order, the absent ones included.
 * @throws the SDK's own error when a request can never succeed.
 */
export async function getUsers(
  deps: GetUsersDeps,
  { userIds }: GetUsersBody,
  signal: AbortSignal,
): Promise<GetUsersResponse> {
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
  const { items, keysRemaining, failure } = await batchGetSome(deps.dynamoDb, read, batchRetry(signal));
  if (failure !== undefined) {
    if (!stoppedForNow(failure, signal)) throw failure;
    const details = { users: keysRemaining.length, awsErrorKind: awsErrorKind(failure) };
    deps.logger.warn('Users of a batch were not read', details);
  }
  const itemsByPk = new Map(items.map((item) => [item['pk'], item]));
  const unread = new Set(keysRemaining.map(({ pk }) => pk));
  return userIds.map((userId) => {
    const { pk } = userKey(userId);
    return unread.has(pk)
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
