import { AccountView } from '../../contracts/api/accounts.ts';
import { AccountId, UserId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { readAccount } from '../../pipelines/accounts/open-account.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok, versionHeader } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `GET /users/{userId}/accounts/{accountId}`: 200, 400, 404. */
export const getAccountHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const address = readPath(event, { userId: UserId, accountId: AccountId });
    const account = parse(AccountView, await readAccount(deps, address));
    return ok(account, versionHeader(account));
  });

export const handler = functionHandler(() => getAccountHandler(tableDeps()));
