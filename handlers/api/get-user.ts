import { ConsistencyQuery } from '../../contracts/api/parameters.ts';
import { UserId } from '../../contracts/ids.ts';
import { readPublicUser } from '../../pipelines/users/read-users.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok, versionHeader } from '../http/responses.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** `GET /users/{userId}`: 200, 400, 404. */
export const getUserHandler = (deps: TableDeps): ApiHandler =>
  queryHandler(deps.logger, ownPath, ConsistencyQuery, async ({ consistent }, event) => {
    const { userId } = readPath(event, { userId: UserId });
    const user = await readPublicUser(deps, { userId, consistent });
    return ok(user, versionHeader(user));
  });

export const handler = functionHandler(() => getUserHandler(tableDeps()));
