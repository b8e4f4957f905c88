import type { UpdateUserBody, UserView } from '../../contracts/api/users.ts';
import { type UserId, type Version, versionAfter } from '../../contracts/ids.ts';
import type { UserItem } from '../../contracts/items/user.ts';
import { instantOf } from '../core/clock.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { decidingAnew } from '../core/deciding-anew.ts';
import { ttlOf } from '../core/expiry.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { updateItem } from '../core/update-item.ts';
import { checkExpiry } from './check-expiry.ts';
import { readUserToChange, type UserDeps } from './read-user.ts';
import { userView } from './user-view.ts';

/** What {@link updateUser} is asked to do. */
export interface UpdateUserCommand {
  readonly userId: UserId;
  readonly body: UpdateUserBody;
  /** The version that the caller has seen; any one without it. */
  readonly ifMatch: Version | undefined;
}

/**
 * Changes what the body names of a user, and nothing else; null removes. `updatedAt` and `version` change with every
 * update, also with one that says what is so already.
 *
 * @throws InvalidRequestError for a time to expire that has long passed; NotFoundError; VersionMismatchError; LostRaceError
 * when other writers kept winning.
 */
export async function updateUser(deps: UserDeps, command: UpdateUserCommand): Promise<UserView> {
  checkExpiry([{ field: '/expiresAt', expiresAt: command.body.expiresAt }], deps.clock.now());
  return decidingAnew(() => tryUpdate(deps, command));
}

async function tryUpdate(deps: UserDeps, command: UpdateUserCommand): Promise<UserView> {
  const read = await readUserToChange(deps, command);
  const left = changed(read, command.body, deps.clock.now());
  try {
    await commit(deps.dynamoDb, [updateItem(deps.tableName, read, left)]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new LostRaceError('The user changed while they were updated', { cause: error });
  }
  return userView(left);
}

function changed(read: UserItem, { name, email, segment, expiresAt }: UpdateUserBody, now: Date): UserItem {
  const { segment: readSegment, ttl: readTtl, ...rest } = read;
  const newSegment = segment === undefined ? readSegment : segment;
  const newTtl = expiresAt === undefined ? readTtl : expiresAt && ttlOf(expiresAt);
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(newSegment == null ? {} : { segment: newSegment }),
    ...(newTtl == null ? {} : { ttl: newTtl }),
    updatedAt: instantOf(now),
    version: versionAfter(read.version),
  };
}
