import { ulid } from 'ulid';
import { AccountView, accountOperations } from '../../contracts/api/accounts.ts';
import { READS_ACCOUNTS } from '../../contracts/api/scopes.ts';
import { TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { listLedger } from '../../pipelines/accounts/list-ledger.ts';
import {
  type OpenAccountDeps,
  openAccount,
  openAccountSettings,
  readAccount,
} from '../../pipelines/accounts/open-account.ts';
import { transferFunds } from '../../pipelines/accounts/transfer-funds.ts';
import { systemClock } from '../../pipelines/clock.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { settings } from '../environment.ts';
import { hasScope, requestedBy, requireScope } from '../http/access.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type OwnerWriteDeps, ownerWriteDeps } from './dependencies.ts';

interface AccountsDeps extends OwnerWriteDeps, OpenAccountDeps {
  readonly pageTokens: PageTokens;
  /** A ULID of this time. */
  readonly newTransactionId: (at: Date) => TransactionId;
}

/** The accounts. A user opens one without money: an opening balance takes the scope `accounts:write`, or users could make money. */
export const accountsHandler = (deps: AccountsDeps): ApiHandler =>
  resource(deps, accountOperations, {
    openAccount: async ({ path, body, idempotencyKey, caller, byOwner }) => {
      if (body.openingBalance) requireScope(caller, ['accounts:write']);
      return openAccount(deps, { ...path, body, idempotencyKey, byOwner, requestedBy: requestedBy(caller) });
    },
    getAccount: async ({ path }) => parse(AccountView, await readAccount(deps, path)),
    transferFunds: ({ path, body, idempotencyKey, caller, byOwner }) =>
      transferFunds(deps, { ...path, body, idempotencyKey, byOwner, requestedBy: requestedBy(caller) }),
    listLedger: ({ path, query, caller }) => {
      const withRequesters = hasScope(caller, READS_ACCOUNTS);
      return listLedger(deps, { ...query, ...path, caller: caller.sub, withRequesters });
    },
  });

export const handler = functionHandler(() =>
  accountsHandler({
    ...ownerWriteDeps(),
    ...settings(openAccountSettings),
    pageTokens: pageTokens(systemClock),
    newTransactionId: (at) => parse(TransactionId, ulid(at.getTime())),
  }),
);
