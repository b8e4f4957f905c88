import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FreshnessMetric } from '../../pipelines/search/freshness/beat.ts';

/** The metric `SearchIndexBehind`, in embedded metric format: a line of the function's log, and no request. Its dimension is `service` (the stack). */
export function freshnessMetric(): FreshnessMetric {
  const metrics = new Metrics({ namespace: 'order-stream' });
  return {
    publish: (behindSeconds) => {
      metrics.addMetric('SearchIndexBehind', MetricUnit.Seconds, behindSeconds);
      metrics.publishStoredMetrics();
    },
  };
}
