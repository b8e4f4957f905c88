import { systemClock } from '../../pipelines/core/clock.ts';
import { type BeatDeps, beat } from '../../pipelines/search/freshness/beat.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { openSearch } from '../opensearch-client.ts';
import { freshnessMetric } from './freshness-metric.ts';

/** Writes the heartbeats and tells how far the index is behind, once for each event of the schedule; what fails is tried again by Lambda. */
export const writeHeartbeatsHandler = (deps: BeatDeps) => (): Promise<void> => beat(deps);

export const handler = functionHandler(() =>
  writeHeartbeatsHandler({
    dynamoDb: dynamoDb(),
    openSearch: openSearch(),
    tableName: environment('TABLE_NAME').TABLE_NAME,
    clock: systemClock,
    metric: freshnessMetric(),
  }),
);
