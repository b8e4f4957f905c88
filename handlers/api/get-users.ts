import { GetUsersBody } from '../../contracts/api/batch.ts';
import { getUsers } from '../../pipelines/users/read-users.ts';
import { privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { BATCH_BODY_BYTES_MAX, batchGuard } from './batch-limits.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `POST /batch/users/get`: 200, 400, 415. */
export const getUsersHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, privilegedOnly, async (event) => {
    const body = readBody(event, GetUsersBody, BATCH_BODY_BYTES_MAX);
    using guard = batchGuard();
    return ok(await getUsers(deps, body, guard.signal));
  });

export const handler = functionHandler(() => getUsersHandler(tableDeps()));
