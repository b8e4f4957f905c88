import { emailVerificationOperations } from '../../contracts/api/email-verification.ts';
import { userOperations } from '../../contracts/api/users.ts';
import { type UsersDeps, usersApi } from '../../pipelines/api/users.ts';
import { ses } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { mailTokens } from '../mail-tokens.ts';
import { type OwnerWriteDeps, ownerWriteDeps } from './dependencies.ts';

export const usersHandler = (deps: UsersDeps & OwnerWriteDeps): ApiHandler =>
  resource(deps, [...userOperations, ...emailVerificationOperations], usersApi(deps));

function usersDeps(): UsersDeps & OwnerWriteDeps {
  const deps = ownerWriteDeps();
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
