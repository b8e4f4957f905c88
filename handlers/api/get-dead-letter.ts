import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { deadLetterPath } from '../../contracts/api/operators.ts';
import { deadLetterDetails } from '../../pipelines/dead-letters/list/dead-letter-details.ts';
import { findDeadLetter, summaryOf } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { dynamoDbStreams } from '../clients.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { type DeadLetterDeps, deadLetterDeps, lookSignal } from './letter-dependencies.ts';

/** `GET /ops/dead-letters/{consumer}/{messageId}`: 200, 400, 404. */
export const getDeadLetterHandler = (
  deps: DeadLetterDeps & { readonly streams: DynamoDBStreamsClient },
): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async (event) => {
    const address = readPath(event, deadLetterPath);
    const signal = lookSignal();
    const deadLetter = await findDeadLetter(deps, address, signal);
    const { reason, records, recordsLeft, isTrimmed } = await deadLetterDetails(deadLetter, deps, signal);
    return ok({ summary: summaryOf(deadLetter, address.consumer), reason, records, recordsLeft, isTrimmed });
  });

export const handler = functionHandler(() =>
  getDeadLetterHandler({ ...deadLetterDeps(), streams: dynamoDbStreams() }),
);
