import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Deadline } from '../../pipelines/aws/deadline.ts';
import { type Clock, systemClock } from '../../pipelines/clock.ts';
import { writeRate, writeRateSettings } from '../../pipelines/limits/write-rate.ts';
import { dynamoDb } from '../clients.ts';
import { environment, settings } from '../environment.ts';
import type { OwnerWrites, ResourceDeps } from '../http/resource.ts';

/**
 * The dependencies of operations on the table. Page tokens are with the resources that list, so that only their bundles hold what reads
 * a secret.
 */
export interface TableDeps extends ResourceDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** The dependencies of operations that also take idempotency keys. */
export interface WriteDeps extends TableDeps {
  readonly idempotencyTableName: string;
}

/** What every resource needs, from the environment. */
export const resourceDeps = (): ResourceDeps => ({
  logger: new Logger(),
  scopePrefix: environment('SCOPE_PREFIX').SCOPE_PREFIX,
});

export const tableDeps = (tableName: string): TableDeps => ({
  dynamoDb: dynamoDb(),
  tableName,
  clock: systemClock,
  ...resourceDeps(),
});

export function writeDeps(): WriteDeps {
  const { TABLE_NAME, IDEMPOTENCY_TABLE_NAME } = environment('TABLE_NAME', 'IDEMPOTENCY_TABLE_NAME');
  return { ...tableDeps(TABLE_NAME), idempotencyTableName: IDEMPOTENCY_TABLE_NAME };
}

/** The dependencies of operations by which users write on their own path. */
export interface OwnerWriteDeps extends WriteDeps, OwnerWrites {}

export function ownerWriteDeps(): OwnerWriteDeps {
  const deps = writeDeps();
  return { ...deps, takeWriteToken: writeRate({ ...deps, ...settings(writeRateSettings) }) };
}

/** How long a batch may take, in milliseconds: the functions of batches have 29 s, which leaves time for the response. */
const BATCH_MS_MAX = 25_000;

/** Runs one batch with a signal that ends its time. The response then reports the remaining entries as failed. */
export async function withinBatchTime<Result>(
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using deadline = new Deadline(BATCH_MS_MAX);
  return await run(deadline.signal);
}
