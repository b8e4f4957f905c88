import type { UserView } from '../../contracts/api/users.ts';
import type { UserId, Version } from '../../contracts/ids.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { decidingAnew } from '../core/deciding-anew.ts';
import { deleteItem } from '../core/delete-item.ts';
import { LostRaceError } from '../core/lost-race.ts';
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
  return decidingAnew(() => tryDelete(deps, command));
}

async function tryDelete(deps: UserDeps, command: DeleteUserCommand): Promise<UserView> {
  const user = await readUserToChange(deps, command);
  try {
    await commit(deps.dynamoDb, [deleteItem(deps.tableName, user)]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new LostRaceError('The user changed while they were deleted', { cause: error });
  }
  return userView(user);
}
