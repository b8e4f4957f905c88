import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock as clock } from '../../pipelines/core/clock.ts';
import type { ConsumeDeps } from '../../pipelines/core/consume.ts';
import { DeadLetterQueue } from '../../pipelines/core/dead-letter-queue.ts';
import type { StreamConsumer } from '../../pipelines/core/stream-consumer.ts';
import { s3, sqs } from '../clients.ts';
import { environment } from '../environment.ts';
import { recordMetrics } from './record-metrics.ts';
import { tracedAws } from './traced-clients.ts';
import { xRay } from './x-ray.ts';

const logger = new Logger();
/** The trace of what a consumer does. */
export const trace = xRay(logger);

/**
 * The end of an invocation that is kept back to bury poison records and to report, in milliseconds: as long as one record
 * takes at worst, whose requests to the bucket and to the queue are each retried to the end.
 */
const RESERVE_MS = 20_000;

/** What every stream consumer needs around its own work: its dead-letter queue, a log, metrics, a trace and the time. */
export function consumerDeps(consumer: StreamConsumer): ConsumeDeps {
  const env = environment('DEAD_LETTER_QUEUE_URL', 'DEAD_LETTER_BUCKET');
  const deadLetters = new DeadLetterQueue({
    sqs: tracedAws(sqs(), trace),
    s3: tracedAws(s3(), trace),
    queueUrl: env.DEAD_LETTER_QUEUE_URL,
    bucket: env.DEAD_LETTER_BUCKET,
    consumer: consumer.name,
    clock,
  });
  return {
    consumer,
    deadLetters,
    logger,
    metrics: recordMetrics(),
    trace,
    clock,
    reserveMs: RESERVE_MS,
  };
}
