import { emailVerificationOperations } from '../../contracts/api/email-verification.ts';
import { userOperations } from '../../contracts/api/users.ts';
import { unsubscribe } from '../../pipelines/order-mails/unsubscribe.ts';
import {
  confirmEmail,
  OrderMailsDisabledError,
  requestEmailVerification,
  type VerifyAddressDeps,
} from '../../pipelines/order-mails/verify-address.ts';
import { createUser, createUsers } from '../../pipelines/users/create-users.ts';
import { getUsers, readPublicUser } from '../../pipelines/users/read-users.ts';
import { deleteUser, updateUser } from '../../pipelines/users/update-user.ts';
import { ses } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { mailTokens } from '../mail-tokens.ts';
import { type WriteDeps, withinBatchTime, writeDeps } from './dependencies.ts';

interface UsersDeps extends WriteDeps {
  /** Absent where the stack sends no order mails. */
  readonly mails?: VerifyAddressDeps | undefined;
}

/** The users, one by one and in batches, and whether order mails may go to them. */
export const usersHandler = (deps: UsersDeps): ApiHandler =>
  resource(deps, [...userOperations, ...emailVerificationOperations], {
    createUser: (request) => createUser(deps, request),
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

function usersDeps(): UsersDeps {
  const deps = writeDeps();
  if (environment('ORDER_MAILS').ORDER_MAILS === 'Disabled') return deps;
  const env = environment('MAILBOX_TABLE_NAME', 'MAIL_FROM', 'MAIL_CONFIGURATION_SET');
  const sender = { from: env.MAIL_FROM, configurationSet: env.MAIL_CONFIGURATION_SET };
  const tokens = mailTokens(deps.clock);
  return {
    ...deps,
    mails: { ...deps, mailboxTableName: env.MAILBOX_TABLE_NAME, ses: ses(), tokens, sender },
  };
}

export const handler = functionHandler(() => usersHandler(usersDeps()));
