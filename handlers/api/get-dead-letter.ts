import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { deadLetterPath } from '../../contracts/api/operators.ts';
import { letterDetails } from '../../pipelines/dead-letters/list/dead-letter-details.ts';
import { findLetter, summaryOf } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { dynamoDbStreams } from '../clients.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type LetterDeps, letterDeps, lookSignal } from './letter-dependencies.ts';

/** `GET /ops/dead-letters/{consumer}/{messageId}`: 200, 400, 404. */
export const getDeadLetterHandler = (
  deps: LetterDeps & { readonly streams: DynamoDBStreamsClient },
): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async (event) => {
    const address = readPath(event, deadLetterPath);
    const signal = lookSignal();
    const letter = await findLetter(deps, address, signal);
    const { reason, records, recordsLeft, isTrimmed } = await letterDetails(letter, deps, signal);
    return ok({ summary: summaryOf(letter, address.consumer), reason, records, recordsLeft, isTrimmed });
  });

export const handler = functionHandler(() =>
  getDeadLetterHandler({ ...letterDeps(), streams: dynamoDbStreams() }),
);
