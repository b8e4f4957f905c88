import { UpdateUserBody } from '../../contracts/api/users.ts';
import { UserId } from '../../contracts/ids.ts';
import { updateUser } from '../../pipelines/users/update-user.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIfMatch, readPath } from '../http/read-request.ts';
import { ok, versionHeader } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `PATCH /users/{userId}`: 200, 400, 404, 412, 415. */
export const updateUserHandler = (deps: TableDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const { userId } = readPath(event, { userId: UserId });
    const ifMatch = readIfMatch(event);
    const body = readBody(event, UpdateUserBody);
    const user = await updateUser(deps, { userId, body, ifMatch });
    return ok(user, versionHeader(user));
  });

export const handler = functionHandler(() => updateUserHandler(tableDeps()));
