import { marshall } from '@aws-sdk/util-dynamodb';
import type { UserView } from '../../contracts/api/users.ts';
import type { UserId, Version } from '../../contracts/ids.ts';
import { userKey } from '../../contracts/keys.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { CONFLICT_RETRY, withRetry } from '../core/retry.ts';
import { readUserToChange, type UserDeps } from './read-user.ts';
import { userView } from './user-view.ts';

/** What {@link deleteUser} is asked to do. */
export interface DeleteUserCommand {
  readonly userId: UserId;
  /** The version that the caller has seen; any one without it. */
  readonly ifMatch: Version | undefined;
}

/**
 * Deletes a user and returns what was deleted. Their orders and accounts stay: they are the shop's record of what was sold.
 *
 * @throws NotFoundError; VersionMismatchError; LostRaceError when other writers kept winning.
 */
export async function deleteUser(deps: UserDeps, command: DeleteUserCommand): Promise<UserView> {
  return withRetry(() => tryDelete(deps, command), {
    policy: CONFLICT_RETRY,
    isRetryable: (error) => error instanceof LostRaceError,
  });
}

async function tryDelete(deps: UserDeps, command: DeleteUserCommand): Promise<UserView> {
  const user = await readUserToChange(deps, command);
  const condition = {
    ConditionExpression: 'version = :readVersion',
    ExpressionAttributeValues: marshall({ ':readVersion': user.version }),
  };
  const Key = marshall(userKey(command.userId));
  try {
    await commit(deps.dynamoDb, [{ Delete: { TableName: deps.tableName, Key, ...condition } }]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new LostRaceError('The user changed while they were deleted', { cause: error });
  }
  return userView(user);
}
