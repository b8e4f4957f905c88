import { systemClock } from '../../pipelines/core/clock.ts';
import { type HeartbeatDeps, writeHeartbeats } from '../../pipelines/search/freshness/write-heartbeats.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';

/** Writes the heartbeats, once for each event of the schedule; what fails is written again by Lambda's retry. */
export const writeHeartbeatsHandler = (deps: HeartbeatDeps) => (): Promise<void> => writeHeartbeats(deps);

export const handler = functionHandler(() =>
  writeHeartbeatsHandler({
    dynamoDb: dynamoDb(),
    tableName: environment('TABLE_NAME').TABLE_NAME,
    clock: systemClock,
  }),
);
