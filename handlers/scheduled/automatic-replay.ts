import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { AUTOMATIC_REPLAY } from '../../contracts/operations/operations-items.ts';
import { wholeNumber } from '../../contracts/settings.ts';
import { RateLimiter } from '../../pipelines/aws/rate-limiter.ts';
import {
  type AutomaticReplaySummary,
  replayAutomatically,
} from '../../pipelines/dead-letters/replay/automatic-replay.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import { DeadLetterStore } from '../../pipelines/operations/dead-letter-store.ts';
import { dynamoDbStreams } from '../clients.ts';
import { consumerContext } from '../consumer-context.ts';
import { emailHashSource } from '../email-hash.ts';
import { environment, settings } from '../environment.ts';

/** The reserved end of an invocation, in milliseconds: the longest time of a record, and as much to send again what failed. */
const RESERVE_MS = 60_000;

const { PARKED_QUEUE_URL: parkedQueueUrl } = environment('PARKED_QUEUE_URL');
const { automaticReplayAttemptsMax: attemptsMax, automaticReplayRecordsPerSecond: perSecond } = settings({
  automaticReplayAttemptsMax: () => wholeNumber(1),
  automaticReplayRecordsPerSecond: () => wholeNumber(1),
});
const deps = consumerContext(emailHashSource());
const consumers = replayConsumers(deps);
const store = new DeadLetterStore(deps);
const streams = dynamoDbStreams();
const logger = new Logger();

/** Replays the dead letters that may succeed now, and parks those that have failed too often. */
export async function handler(_event: unknown, context: Context): Promise<AutomaticReplaySummary> {
  const summary = await replayAutomatically({
    ...{ ...deps, streams, consumers, store, logger },
    actor: AUTOMATIC_REPLAY,
    queues: [
      { queueUrl: deps.places['order-events'].deadLetterQueueUrl, consumer: 'order-events' },
      { queueUrl: deps.places['search-index'].deadLetterQueueUrl, consumer: 'search-index' },
    ],
    ...{ parkedQueueUrl, attemptsMax },
    rateLimiter: new RateLimiter({ perSecond }),
    signal: AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS)),
  });
  logger.info('Automatic replay ended', { ...summary });
  return summary;
}
