import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import {
  type CreateUserBody,
  type CreateUsersBody,
  type CreateUsersResponse,
  UserView,
} from '../../contracts/api/users.ts';
import type { UserItem } from '../../contracts/entities/user.ts';
import { userKey } from '../../contracts/entities/user.ts';
import type { Instant, Version } from '../../contracts/ids.ts';
import { type Clock, instantOf } from '../clock.ts';
import { countOutcomes } from '../dynamodb/batches.ts';
import { putNew } from '../dynamodb/commit.ts';
import { ttlOf } from '../dynamodb/expiry.ts';
import { type InsertItemsDeps, insertItems } from '../dynamodb/insert-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import { AlreadyExistsError } from '../request-errors.ts';
import { checkExpiry } from './check-expiry.ts';
import { userView } from './read-users.ts';

/** The item of a user who is created now. */
export function newUser({ expiresAt, ...body }: CreateUserBody, now: Instant, version: Version): UserItem {
  return {
    ...body,
    ...userKey(body.userId),
    entityType: 'User',
    createdAt: now,
    updatedAt: now,
    version,
    ...(expiresAt === undefined ? {} : { ttl: ttlOf(expiresAt) }),
  };
}

export interface CreateUserDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface CreateUserCommand {
  readonly body: CreateUserBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/**
 * Creates a user.
 *
 * @throws InvalidRequestError for a time to expire that has long passed; AlreadyExistsError where there is a user with this
 * id; IdempotencyKeyReusedError.
 */
export function createUser(
  deps: CreateUserDeps,
  { body, idempotencyKey: key, caller }: CreateUserCommand,
): Promise<WriteOnceResult<UserView>> {
  const user = newUser(body, instantOf(deps.clock.now()), deps.clock.firstVersion());
  return writeOnce(deps, {
    request: key && { caller, operation: 'create-user', resource: body.userId, key, body },
    responseSchema: UserView,
    prepare: async () => {
      checkExpiry([{ field: '/expiresAt', expiresAt: body.expiresAt }], deps.clock.now());
      return {
        writes: [putNew(deps.tableName, user)],
        response: userView(user),
        refusal: () => new AlreadyExistsError('user'),
      };
    },
  });
}

export interface CreateUsersDeps extends InsertItemsDeps {
  readonly clock: Clock;
}

/**
 * Creates users, each on its own; one that exists stays as it is. Users that are not created when `signal` aborts are reported as failed.
 *
 * @throws InvalidRequestError naming each time to expire that has long passed; the SDK's own error when a request can never succeed.
 */
export async function createUsers(
  deps: CreateUsersDeps,
  { users }: CreateUsersBody,
  signal: AbortSignal,
): Promise<CreateUsersResponse> {
  const asked = users.map(({ expiresAt }, index) => ({ field: `/users/${index}/expiresAt`, expiresAt }));
  checkExpiry(asked, deps.clock.now());
  const now = instantOf(deps.clock.now());
  const items = users.map((body) => newUser(body, now, deps.clock.firstVersion()));
  const inserted = await insertItems(deps, items, signal);
  return {
    results: inserted.map(({ item, outcome }, index) => ({ index, userId: item.userId, ...outcome })),
    counts: countOutcomes(inserted.map(({ outcome }) => outcome)),
  };
}
