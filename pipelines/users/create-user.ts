import type { IdempotencyKey } from '../../contracts/api/idempotency-key.ts';
import { type CreateUserBody, UserView } from '../../contracts/api/users.ts';
import { instantOf } from '../core/clock.ts';
import { putNew } from '../core/commit.ts';
import { AlreadyExistsError } from '../core/request-errors.ts';
import { type Answered, type WriteOnceDeps, writeOnce } from '../idempotency/write-once.ts';
import { checkExpiry } from './check-expiry.ts';
import { newUser } from './new-user.ts';
import { userView } from './user-view.ts';

export interface CreateUserDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface CreateUserCommand {
  readonly body: CreateUserBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
}

/**
 * Creates a user.
 *
 * @throws InvalidRequestError for a time to expire that has long passed; AlreadyExistsError where there is a user with this
 * id; IdempotencyKeyReusedError.
 */
export function createUser(
  deps: CreateUserDeps,
  { body, idempotencyKey: key }: CreateUserCommand,
): Promise<Answered<UserView>> {
  const user = newUser(body, instantOf(deps.clock.now()), deps.clock.firstVersion());
  return writeOnce(deps, {
    request: key && { operation: 'create-user', resource: body.userId, key, body },
    answerSchema: UserView,
    prepare: async () => {
      checkExpiry([{ field: '/expiresAt', expiresAt: body.expiresAt }], deps.clock.now());
      return {
        writes: [putNew(deps.tableName, user)],
        answer: userView(user),
        refusal: () => new AlreadyExistsError('user'),
      };
    },
  });
}
