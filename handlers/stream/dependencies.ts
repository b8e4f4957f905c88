import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { DeadLetterWrites } from '../../pipelines/operations/dead-letter-writes.ts';
import { FailureLog } from '../../pipelines/operations/failures.ts';
import type { ConsumeDeps } from '../../pipelines/stream/consume.ts';
import { DeadLetterQueue } from '../../pipelines/stream/dead-letter-queue.ts';
import { recordDecoders } from '../../pipelines/stream/decode.ts';
import type { RecordMetrics } from '../../pipelines/stream/record-metrics.ts';
import type { StreamConsumer } from '../../pipelines/stream/stream-consumer.ts';
import { dynamoDb, s3, sqs } from '../clients.ts';
import { environment } from '../environment.ts';
import { tracedAws, xRay } from './trace.ts';

/**
 * Counts of records as CloudWatch metrics, in embedded metric format: one line of the function's log for each event type
 * of a batch, and no request. The dimensions are `service` (the stack), `consumer` and `eventType`.
 * See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
 */
export function recordMetrics(): RecordMetrics {
  const metrics = new Metrics({ namespace: 'order-stream' });
  return {
    publish: (counts) => {
      for (const { consumer, eventType, handled, retried, deadLettered } of counts) {
        metrics.addDimensions({ consumer, eventType });
        metrics.addMetric('RecordsHandled', MetricUnit.Count, handled);
        metrics.addMetric('RecordsRetried', MetricUnit.Count, retried);
        metrics.addMetric('RecordsDeadLettered', MetricUnit.Count, deadLettered);
        // A document has one value a metric, so each combination of dimensions needs one of its own.
        metrics.publishStoredMetrics();
      }
    },
  };
}

/**
 * What counts the events that the topic accepts, and those of them that report a placed order, and writes them as metrics of the stack:
 * one line of the log for an invocation with events.
 */
export function eventMetrics(): {
  readonly accepted: (events: readonly OrderNotification[]) => void;
  readonly publish: () => void;
} {
  const metrics = new Metrics({ namespace: 'order-stream' });
  let published = 0;
  let placed = 0;
  return {
    accepted: (events) => {
      published += events.length;
      placed += events.filter(({ type }) => type === 'order.placed').length;
    },
    publish: () => {
      if (published === 0) return;
      metrics.addMetric('EventsPublished', MetricUnit.Count, published);
      metrics.addMetric('OrdersPlaced', MetricUnit.Count, placed);
      metrics.publishStoredMetrics();
      published = 0;
      placed = 0;
    },
  };
}

const logger = new Logger();
/** The trace of what a consumer does. */
export const trace = xRay(logger);

/**
 * The end of an invocation that is reserved for dead letters and the report, in milliseconds: the longest time that one record
 * takes, when its requests to the bucket and to the queue use all their retries.
 */
const RESERVE_MS = 20_000;

/** The dependencies of every stream consumer: its dead-letter queue, the log of its failures, a log, metrics, a trace and the clock. */
export function consumerDeps(consumer: StreamConsumer): ConsumeDeps {
  // Before the first record, which would wait for it.
  recordDecoders();
  const env = environment('DEAD_LETTER_QUEUE_URL', 'DEAD_LETTER_BUCKET', 'OPERATIONS_TABLE_NAME');
  const operations = {
    dynamoDb: tracedAws(dynamoDb(), trace),
    operationsTableName: env.OPERATIONS_TABLE_NAME,
    clock,
  };
  const deadLetters = new DeadLetterQueue({
    sqs: tracedAws(sqs(), trace),
    s3: tracedAws(s3(), trace),
    queueUrl: env.DEAD_LETTER_QUEUE_URL,
    bucket: env.DEAD_LETTER_BUCKET,
    consumer: consumer.name,
    store: new DeadLetterWrites(operations),
    clock,
  });
  const failures = new FailureLog({ ...operations, consumer: consumer.name, logger });
  return {
    consumer,
    deadLetters,
    failures,
    logger,
    metrics: recordMetrics(),
    trace,
    clock,
    reserveMs: RESERVE_MS,
  };
}
