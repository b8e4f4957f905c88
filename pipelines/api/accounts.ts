import type { accountOperations } from '../../contracts/api/accounts.ts';
import { AccountView } from '../../contracts/api/accounts.ts';
import { READS_ACCOUNTS } from '../../contracts/api/scopes.ts';
import { parse } from '../../contracts/reading.ts';
import { type ListLedgerDeps, listLedger } from '../accounts/list-ledger.ts';
import { type OpenAccountDeps, openAccount, readAccount } from '../accounts/open-account.ts';
import { type TransferFundsDeps, transferFunds } from '../accounts/transfer-funds.ts';
import { hasScope, requestedBy, requireScope } from './caller.ts';
import type { Implementations } from './implementation.ts';

export interface AccountsDeps extends OpenAccountDeps, TransferFundsDeps, ListLedgerDeps {}

/** The accounts. A user opens one without money: an opening balance takes the scope `accounts:write`, or users could make money. */
export const accountsApi = (deps: AccountsDeps): Implementations<(typeof accountOperations)[number]> => ({
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
