import { UserId } from '../../contracts/ids.ts';
import { deleteUser } from '../../pipelines/users/update-user.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readIfMatch, readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `DELETE /users/{userId}`: 200 with the user that was deleted, 400, 404, 412. */
export const deleteUserHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const { userId } = readPath(event, { userId: UserId });
    return ok(await deleteUser(deps, { userId, ifMatch: readIfMatch(event) }));
  });

export const handler = functionHandler(() => deleteUserHandler(tableDeps()));
