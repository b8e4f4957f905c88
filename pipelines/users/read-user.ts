import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { UserView } from '../../contracts/api/users.ts';
import type { UserId, Version } from '../../contracts/ids.ts';
import { UserItem } from '../../contracts/items/user.ts';
import { userKey } from '../../contracts/keys.ts';
import type { Clock } from '../core/clock.ts';
import { isExpired } from '../core/expiry.ts';
import { readItem } from '../core/read-item.ts';
import { NotFoundError, VersionMismatchError } from '../core/request-errors.ts';
import { PublicUser, userView } from './user-view.ts';

export interface UserDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Reads what is public of a user: the private fields do not even leave the table. Eventually consistent, at half the price,
 * unless `consistent` asks for more.
 *
 * @throws NotFoundError where there is none, or its time is up.
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
 * Reads a whole user with strong consistency, to change them.
 *
 * @throws NotFoundError where there is none, or its time is up; VersionMismatchError when they are not of the version that
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
