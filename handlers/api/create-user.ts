import { CreateUserBody } from '../../contracts/api/users.ts';
import { createUser } from '../../pipelines/users/create-users.ts';
import { anyCaller, requireSelf } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readIdempotencyKey } from '../http/read-request.ts';
import { created, replayHeader } from '../http/responses.ts';
import { type CreationDeps, creationDeps } from './dependencies.ts';

/** `POST /users`: 201, 400, 409, 415, 422. */
export const createUserHandler = (deps: CreationDeps): ApiHandler =>
  apiHandler(deps.logger, anyCaller, async (event, caller) => {
    const idempotencyKey = readIdempotencyKey(event);
    const body = readBody(event, CreateUserBody);
    requireSelf(caller, body.userId);
    const answered = await createUser(deps, { body, idempotencyKey });
    return created(`/users/${answered.answer.userId}`, answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => createUserHandler(creationDeps()));
