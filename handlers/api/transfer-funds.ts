import { TransferFundsBody } from '../../contracts/api/accounts.ts';
import { AccountId, UserId } from '../../contracts/ids.ts';
import { transferFunds } from '../../pipelines/accounts/transfer-funds.ts';
import { ownPath } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readBody, readPath, readRequiredIdempotencyKey } from '../http/read-request.ts';
import { ok, replayHeader } from '../http/responses.ts';
import { type TransferDeps, transferDeps } from './dependencies.ts';

/** `POST /users/{userId}/accounts/{accountId}/transfers`: 200, 400, 404, 409, 415, 422. */
export const transferFundsHandler = (deps: TransferDeps): ApiHandler =>
  apiHandler(deps.logger, ownPath, async (event) => {
    const address = readPath(event, { userId: UserId, accountId: AccountId });
    const idempotencyKey = readRequiredIdempotencyKey(event);
    const body = readBody(event, TransferFundsBody);
    const answered = await transferFunds(deps, { ...address, body, idempotencyKey });
    return ok(answered.answer, replayHeader(answered));
  });

export const handler = functionHandler(() => transferFundsHandler(transferDeps()));
