import { ulid } from 'ulid';
import { accountOperations } from '../../contracts/api/accounts.ts';
import { TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { openAccountSettings } from '../../pipelines/accounts/open-account.ts';
import { type AccountsDeps, accountsApi } from '../../pipelines/api/accounts.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { settings } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type OwnerWriteDeps, ownerWriteDeps } from './dependencies.ts';

export const accountsHandler = (deps: AccountsDeps & OwnerWriteDeps): ApiHandler =>
  resource(deps, accountOperations, accountsApi(deps));

export const handler = functionHandler(() =>
  accountsHandler({
    ...ownerWriteDeps(),
    ...settings(openAccountSettings),
    pageTokens: pageTokens(systemClock),
    newTransactionId: (at) => parse(TransactionId, ulid(at.getTime())),
  }),
);
