import { OpenAccountBody } from '../../contracts/api/accounts.ts';
import { UserId } from '../../contracts/ids.ts';
import { openAccount } from '../../pipelines/accounts/open-account.ts';
import { ownPath, privilegedOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIdempotencyKey, readPath } from '../http/read-request.ts';
import { created, replayHeader } from '../http/responses.ts';
import { type CreationDeps, creationDeps } from './dependencies.ts';

/** `POST /users/{userId}/accounts`: 201, 400, 404, 409, 415, 422. Users begin with nothing: else they could make money. */
export const openAccountHandler = (deps: CreationDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event, caller) => {
    const { userId } = readPath(event, { userId: UserId });
    const idempotencyKey = readIdempotencyKey(event);
    const body = readBody(event, OpenAccountBody);
    if (body.openingBalance) privilegedOnly(caller, event);
    const answered = await openAccount(deps, { userId, body, idempotencyKey });
    const location = `/users/${userId}/accounts/${answered.answer.accountId}`;
    return created(location, answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => openAccountHandler(creationDeps()));
