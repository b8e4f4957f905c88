import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { RecordMetrics } from '../../pipelines/core/record-metrics.ts';

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
