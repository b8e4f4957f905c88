import { deadLetterPath } from '../../contracts/api/operators.ts';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { type ReplayByIdDeps, replayById } from '../../pipelines/dead-letters/replay/replay-by-id.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import { dynamoDbStreams, sns } from '../clients.ts';
import { environment } from '../environment.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, type ApiLogger, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { readPath } from '../http/read-request.ts';
import { ok } from '../http/responses.ts';
import { openSearch } from '../opensearch-client.ts';
import { deadLetterDeps, lookSignal } from './letter-dependencies.ts';

/** `POST /ops/dead-letters/{consumer}/{messageId}/replay`: 200, 400, 404. */
export const replayDeadLetterHandler = (deps: ReplayByIdDeps & { readonly logger: ApiLogger }): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async (event) =>
    ok(await replayById(deps, readPath(event, deadLetterPath), lookSignal())),
  );

export const handler = functionHandler(() => {
  const env = environment(
    ...(['TOPIC_ARN', 'ORDER_RETENTION_DAYS'] as const),
    ...(['ORDER_EVENTS_DEAD_LETTER_BUCKET', 'SEARCH_INDEX_DEAD_LETTER_BUCKET'] as const),
  );
  const deadLetters = deadLetterDeps();
  const placeOf = (consumer: 'order-events' | 'search-index', deadLetterBucket: string) => ({
    deadLetterQueueUrl: deadLetters.queueUrls[consumer],
    deadLetterBucket,
  });
  const consumers = replayConsumers({
    ...deadLetters,
    clock,
    sns: sns(),
    openSearch: openSearch(),
    topicArn: env.TOPIC_ARN,
    retentionDays: env.ORDER_RETENTION_DAYS,
    places: {
      'order-events': placeOf('order-events', env.ORDER_EVENTS_DEAD_LETTER_BUCKET),
      'search-index': placeOf('search-index', env.SEARCH_INDEX_DEAD_LETTER_BUCKET),
    },
  });
  return replayDeadLetterHandler({ ...deadLetters, clock, consumers, streams: dynamoDbStreams() });
});
