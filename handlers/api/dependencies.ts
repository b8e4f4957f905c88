import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
