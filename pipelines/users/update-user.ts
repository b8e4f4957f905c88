import { marshall } from '@aws-sdk/util-dynamodb';
import type { UpdateUserBody, UserView } from '../../contracts/api/users.ts';
import type { UserItem } from '../../contracts/entities/user.ts';
import { type UserId, type Version, versionAfter } from '../../contracts/ids.ts';
import { verifiedAddressKey } from '../../contracts/order-mails/mailbox-items.ts';
import { instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, deleteItem, updateItem } from '../dynamodb/commit.ts';
import { ttlOf } from '../dynamodb/expiry.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { checkExpiry } from './check-expiry.ts';
import { readUserToChange, type UserDeps, userView } from './read-users.ts';

/** The input of {@link updateUser}. */
export interface UpdateUserCommand {
  readonly userId: UserId;
  readonly body: UpdateUserBody;
  /** The version that the caller has seen; any one without it. */
  readonly ifMatch: Version | undefined;
}

/**
 * Changes what the body names of a user, and nothing else; null removes. `updatedAt` and `version` change with every
 * update, also with one that changes no value.
 *
 * @throws InvalidRequestError for a time to expire that has long passed; NotFoundError; VersionMismatchError; OptimisticLockError
 * when every attempt had a conflict.
 */
export async function updateUser(deps: UserDeps, command: UpdateUserCommand): Promise<UserView> {
  checkExpiry([{ field: '/expiresAt', expiresAt: command.body.expiresAt }], deps.clock.now());
  return retryOnConflict(() => tryUpdate(deps, command));
}

async function tryUpdate(deps: UserDeps, command: UpdateUserCommand): Promise<UserView> {
  const read = await readUserToChange(deps, command);
  const next = changed(read, command.body, deps.clock.now());
  try {
    await commit(deps.dynamoDb, [updateItem(deps.tableName, read, next)]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new OptimisticLockError('The user changed while they were updated', { cause: error });
  }
  return userView(next);
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

/** The input of {@link deleteUser}. */
export interface DeleteUserCommand {
  readonly userId: UserId;
  /** The version that the caller has seen; any one without it. */
  readonly ifMatch: Version | undefined;
}

/** What the deletion of a user needs. */
export interface DeleteUserDeps extends UserDeps {
  /** Absent where the stack sends no order mails. */
  readonly mailboxTableName?: string | undefined;
}

/**
 * Deletes a user and returns what was deleted. In the same transaction it deletes what says which address the user has verified. Their orders
 * and accounts stay: they are the shop's record of what was sold.
 *
 * @throws NotFoundError; VersionMismatchError; OptimisticLockError when every attempt had a conflict.
 */
export async function deleteUser(deps: DeleteUserDeps, command: DeleteUserCommand): Promise<UserView> {
  return retryOnConflict(() => tryDelete(deps, command));
}

async function tryDelete(deps: DeleteUserDeps, command: DeleteUserCommand): Promise<UserView> {
  const { mailboxTableName: TableName } = deps;
  const user = await readUserToChange(deps, command);
  const address =
    TableName === undefined
      ? []
      : [{ Delete: { TableName, Key: marshall(verifiedAddressKey(command.userId)) } }];
  try {
    await commit(deps.dynamoDb, [deleteItem(deps.tableName, user), ...address]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw new OptimisticLockError('The user changed while they were deleted', { cause: error });
  }
  return userView(user);
}
