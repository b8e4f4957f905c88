import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { OrderId, TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { Deadline } from '../../pipelines/aws/deadline.ts';
import { type Clock, systemClock } from '../../pipelines/clock.ts';
import type { OrderRetention } from '../../pipelines/orders/retention.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import type { ApiLogger } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';

/** The dependencies of operations on the table. */
export interface TableDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly logger: ApiLogger;
}

/** The dependencies of the users. */
export interface UsersDeps extends TableDeps {
  readonly idempotencyTableName: string;
}

/** The dependencies of the products. */
export interface ProductsDeps extends UsersDeps {
  readonly pageTokens: PageTokens;
}

/** The dependencies of the orders. */
export interface OrdersDeps extends ProductsDeps, OrderRetention {
  /** A ULID of this time. */
  readonly newOrderId: (placedAt: Date) => OrderId;
}

/** The dependencies of the accounts. */
export interface AccountsDeps extends ProductsDeps {
  /** A ULID of this time. */
  readonly newTransactionId: (at: Date) => TransactionId;
}

export const tableDeps = (tableName: string): TableDeps => ({
  dynamoDb: dynamoDb(),
  tableName,
  clock: systemClock,
  logger: new Logger(),
});

export function usersDeps(): UsersDeps {
  const { TABLE_NAME, IDEMPOTENCY_TABLE_NAME } = environment('TABLE_NAME', 'IDEMPOTENCY_TABLE_NAME');
  return { ...tableDeps(TABLE_NAME), idempotencyTableName: IDEMPOTENCY_TABLE_NAME };
}

export const productsDeps = (): ProductsDeps => ({ ...usersDeps(), pageTokens: pageTokens(systemClock) });

export const ordersDeps = (): OrdersDeps => ({
  ...productsDeps(),
  retentionDays: environment('ORDER_RETENTION_DAYS').ORDER_RETENTION_DAYS,
  newOrderId: (placedAt) => parse(OrderId, ulid(placedAt.getTime())),
});

export const accountsDeps = (): AccountsDeps => ({
  ...productsDeps(),
  newTransactionId: (at) => parse(TransactionId, ulid(at.getTime())),
});

/** How long a batch may take, in milliseconds: the functions of batches have 29 s, which leaves time for the response. */
const BATCH_MS_MAX = 25_000;

/** Runs one batch with a signal that ends its time. The response then reports the remaining entries as failed. */
export async function withinBatchTime<Result>(
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using deadline = new Deadline(BATCH_MS_MAX);
  return await run(deadline.signal);
}
