import { ListDeadLettersQuery } from '../../contracts/api/dead-letters.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { listLetters } from '../../pipelines/replay/letters-of-consumers.ts';
import { opsOnly } from '../http/access.ts';
import { ok } from '../http/answers.ts';
import { type ApiHandler, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readQuery } from '../http/read-request.ts';
import { type LetterDeps, letterDeps, lookSignal } from './letter-dependencies.ts';

/** `GET /ops/dead-letters`: 200, 400. */
export const listDeadLettersHandler = (deps: LetterDeps): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async (event) => {
    const { consumer } = readQuery(event, ListDeadLettersQuery);
    const consumers = consumer === undefined ? ConsumerName.options : [consumer];
    return ok(await listLetters(deps, consumers, lookSignal()));
  });

export const handler = functionHandler(() => listDeadLettersHandler(letterDeps()));
