import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { systemClock } from '../../pipelines/clock.ts';
import {
  type IndexLagMetric,
  type WriteHeartbeatsDeps,
  writeHeartbeats,
} from '../../pipelines/search/lag/write-heartbeats.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { openSearch } from '../opensearch-client.ts';

/** The metric `SearchIndexLag`, in embedded metric format: a line of the function's log, and no request. Its dimension is `service` (the stack). */
function indexLagMetric(): IndexLagMetric {
  const metrics = new Metrics({ namespace: 'order-stream' });
  return {
    publish: (lagSeconds) => {
      metrics.addMetric('SearchIndexLag', MetricUnit.Seconds, lagSeconds);
      metrics.publishStoredMetrics();
    },
  };
}

/** Writes the heartbeats and publishes the index lag, once for each event of the schedule; Lambda retries what fails. */
export const writeHeartbeatsHandler = (deps: WriteHeartbeatsDeps) => (): Promise<void> =>
  writeHeartbeats(deps);

export const handler = functionHandler(() =>
  writeHeartbeatsHandler({
    dynamoDb: dynamoDb(),
    openSearch: openSearch(),
    tableName: environment('TABLE_NAME').TABLE_NAME,
    clock: systemClock,
    metric: indexLagMetric(),
  }),
);
