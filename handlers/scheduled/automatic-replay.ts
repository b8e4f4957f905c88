import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { RateLimiter } from '../../pipelines/aws/rate-limiter.ts';
import { systemClock as clock } from '../../pipelines/clock.ts';
import {
  type AutomaticReplaySummary,
  replayAutomatically,
} from '../../pipelines/dead-letters/replay/automatic-replay.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import { dynamoDb, dynamoDbStreams, s3, sns, sqs } from '../clients.ts';
import { environment } from '../environment.ts';
import { openSearch } from '../opensearch-client.ts';

/** The reserved end of an invocation, in milliseconds: the longest time of a record, and as much to send again what failed. */
const RESERVE_MS = 60_000;

const env = environment(
  ...([
    'TABLE_NAME',
    'ORDER_RETENTION_DAYS',
    'TOPIC_ARN',
    'ORDER_EVENTS_DEAD_LETTER_QUEUE_URL',
    'ORDER_EVENTS_DEAD_LETTER_BUCKET',
  ] as const),
  ...(['SEARCH_INDEX_DEAD_LETTER_QUEUE_URL', 'SEARCH_INDEX_DEAD_LETTER_BUCKET', 'PARKED_QUEUE_URL'] as const),
  ...(['AUTOMATIC_REPLAY_ATTEMPTS_MAX', 'AUTOMATIC_REPLAY_RECORDS_PER_SECOND'] as const),
);
const clients = { dynamoDb: dynamoDb(), sns: sns(), sqs: sqs(), s3: s3(), streams: dynamoDbStreams() };
const settings = {
  tableName: env.TABLE_NAME,
  topicArn: env.TOPIC_ARN,
  retentionDays: env.ORDER_RETENTION_DAYS,
};
const places = {
  'order-events': {
    deadLetterQueueUrl: env.ORDER_EVENTS_DEAD_LETTER_QUEUE_URL,
    deadLetterBucket: env.ORDER_EVENTS_DEAD_LETTER_BUCKET,
  },
  'search-index': {
    deadLetterQueueUrl: env.SEARCH_INDEX_DEAD_LETTER_QUEUE_URL,
    deadLetterBucket: env.SEARCH_INDEX_DEAD_LETTER_BUCKET,
  },
};
const consumers = replayConsumers({ ...clients, ...settings, openSearch: openSearch(), clock, places });
const logger = new Logger();

/** Replays the dead letters that may succeed now, and parks those that have failed too often. */
export async function handler(_event: unknown, context: Context): Promise<AutomaticReplaySummary> {
  const summary = await replayAutomatically({
    ...{ ...clients, consumers, clock, logger },
    queues: [
      { queueUrl: places['order-events'].deadLetterQueueUrl, consumer: 'order-events' },
      { queueUrl: places['search-index'].deadLetterQueueUrl, consumer: 'search-index' },
    ],
    parkedQueueUrl: env.PARKED_QUEUE_URL,
    attemptsMax: env.AUTOMATIC_REPLAY_ATTEMPTS_MAX,
    rateLimiter: new RateLimiter({ perSecond: env.AUTOMATIC_REPLAY_RECORDS_PER_SECOND }),
    signal: AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS)),
  });
  logger.info('Automatic replay ended', { ...summary });
  return summary;
}
