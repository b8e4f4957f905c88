import type { emailVerificationOperations } from '../../contracts/api/email-verification.ts';
import type { userOperations } from '../../contracts/api/users.ts';
import { unsubscribe } from '../order-mails/unsubscribe.ts';
import {
  confirmEmail,
  OrderMailsDisabledError,
  requestEmailVerification,
  type VerifyAddressDeps,
} from '../order-mails/verify-address.ts';
import { type CreateUserDeps, type CreateUsersDeps, createUser, createUsers } from '../users/create-users.ts';
import { type GetUsersDeps, getUsers, readPublicUser } from '../users/read-users.ts';
import { deleteUser, updateUser } from '../users/update-user.ts';
import { type Implementations, withinBatchTime } from './implementation.ts';

export type UsersDeps = CreateUserDeps &
  CreateUsersDeps &
  GetUsersDeps & {
    /** Absent where the stack sends no order mails. */
    readonly mails?: VerifyAddressDeps | undefined;
  };

type UserOperation = (typeof userOperations)[number] | (typeof emailVerificationOperations)[number];

/** The users, one by one and in batches, and whether order mails may go to them. */
export const usersApi = (deps: UsersDeps): Implementations<UserOperation> => ({
  createUser: ({ body, idempotencyKey, caller }) =>
    createUser(deps, { body, idempotencyKey, caller: caller.sub }),
  getUser: ({ path, query }) => readPublicUser(deps, { ...path, ...query }),
  updateUser: ({ path, body, ifMatch }) => updateUser(deps, { ...path, body, ifMatch }),
  deleteUser: ({ path, ifMatch }) =>
    deleteUser({ ...deps, mailboxTableName: deps.mails?.mailboxTableName }, { ...path, ifMatch }),
  createUsers: ({ body }) => withinBatchTime((signal) => createUsers(deps, body, signal)),
  getUsers: ({ body }) => withinBatchTime((signal) => getUsers(deps, body, signal)),
  requestEmailVerification: async ({ path }) => requestEmailVerification(mailsOf(deps), path),
  confirmEmail: async ({ path, body }) => confirmEmail(mailsOf(deps), { ...path, ...body }),
  unsubscribe: async ({ query }) => unsubscribe(mailsOf(deps), query),
});

/** @throws OrderMailsDisabledError */
function mailsOf({ mails }: UsersDeps): VerifyAddressDeps {
  if (mails === undefined) throw new OrderMailsDisabledError();
  return mails;
}
