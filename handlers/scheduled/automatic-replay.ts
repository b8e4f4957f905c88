import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { AUTOMATIC_REPLAY } from '../../contracts/operations/operations-items.ts';
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
import { environment } from '../environment.ts';

/** The reserved end of an invocation, in milliseconds: the longest time of a record, and as much to send again what failed. */
const RESERVE_MS = 60_000;

const env = environment(
  ...(['PARKED_QUEUE_URL', 'AUTOMATIC_REPLAY_ATTEMPTS_MAX', 'AUTOMATIC_REPLAY_RECORDS_PER_SECOND'] as const),
);
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
    parkedQueueUrl: env.PARKED_QUEUE_URL,
    attemptsMax: env.AUTOMATIC_REPLAY_ATTEMPTS_MAX,
    rateLimiter: new RateLimiter({ perSecond: env.AUTOMATIC_REPLAY_RECORDS_PER_SECOND }),
    signal: AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS)),
  });
  logger.info('Automatic replay ended', { ...summary });
  return summary;
}
