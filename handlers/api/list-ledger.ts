import { ListLedgerQuery } from '../../contracts/api/accounts.ts';
import { AccountId, UserId } from '../../contracts/ids.ts';
import { listLedger } from '../../pipelines/accounts/list-ledger.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type ListDeps, listDeps } from './list-dependencies.ts';

/** `GET /users/{userId}/accounts/{accountId}/ledger`: 200, 400, 404. */
export const listLedgerHandler = (deps: ListDeps): ApiHandler =>
  queryHandler(deps.logger, ownPath, ListLedgerQuery, async (query, event, { sub: caller }) => {
    const address = readPath(event, { userId: UserId, accountId: AccountId });
    return ok(await listLedger(deps, { ...query, ...address, caller }));
  });

export const handler = functionHandler(() => listLedgerHandler(listDeps()));
