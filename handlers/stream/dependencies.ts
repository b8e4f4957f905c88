import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock as clock } from '../../pipelines/core/clock.ts';
import { DeadLetterQueue } from '../../pipelines/core/dead-letter-queue.ts';
import type { StreamBatchProcessorDeps } from '../../pipelines/core/stream-batch-processor.ts';
import type { StreamConsumer } from '../../pipelines/core/stream-consumer.ts';
import { s3, sqs } from '../clients.ts';
import { environment } from '../environment.ts';

/**
 * The end of an invocation that is kept back to bury poison records and to report, in milliseconds: as long as one record
 * takes at worst, whose requests to the bucket and to the queue are each retried to the end.
 */
const RESERVE_MS = 20_000;

/** What every stream consumer needs around its own work: its dead-letter queue, a log and the time. */
export function consumerDeps(consumer: StreamConsumer): StreamBatchProcessorDeps {
  const env = environment('DEAD_LETTER_QUEUE_URL', 'DEAD_LETTER_BUCKET');
  const deadLetters = new DeadLetterQueue({
    sqs: sqs(),
    s3: s3(),
    queueUrl: env.DEAD_LETTER_QUEUE_URL,
    bucket: env.DEAD_LETTER_BUCKET,
    consumer: consumer.name,
    clock,
  });
  return { consumer, deadLetters, logger: new Logger(), clock, reserveMs: RESERVE_MS };
}
