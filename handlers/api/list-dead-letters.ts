import { ListDeadLettersQuery } from '../../contracts/api/operators.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { listOfAllConsumers } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, queryHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';
import { type DeadLetterDeps, deadLetterDeps, lookSignal } from './letter-dependencies.ts';

/** `GET /ops/dead-letters`: 200, 400. */
export const listDeadLettersHandler = (deps: DeadLetterDeps): ApiHandler =>
  queryHandler(deps.logger, opsOnly, ListDeadLettersQuery, async ({ consumer }) => {
    const consumers = consumer === undefined ? ConsumerName.options : [consumer];
    return ok(await listOfAllConsumers(deps, consumers, lookSignal()));
  });

export const handler = functionHandler(() => listDeadLettersHandler(deadLetterDeps()));
