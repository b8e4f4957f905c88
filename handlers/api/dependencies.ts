import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { OrderId, TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { type Clock, systemClock } from '../../pipelines/clock.ts';
import type { OrderRetention } from '../../pipelines/orders/retention.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import type { ApiLogger } from '../http/api-handler.ts';

/** What an operation on the table needs. */
export interface TableDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly logger: ApiLogger;
}

/** What an operation needs that may end an order. */
export interface OrderChangeDeps extends TableDeps, OrderRetention {}

/** What an operation needs that may bear an idempotency key. */
export interface CreationDeps extends TableDeps {
  readonly idempotencyTableName: string;
  /** A ULID of this time. */
  readonly newOrderId: (placedAt: Date) => OrderId;
}

/** What a transfer of funds needs. */
export interface TransferDeps extends TableDeps {
  readonly idempotencyTableName: string;
  /** A ULID of this time. */
  readonly newTransactionId: (at: Date) => TransactionId;
}

/** The dependencies of a function that reads and changes. */
export const tableDeps = (): TableDeps => ({
  dynamoDb: dynamoDb(),
  tableName: environment('TABLE_NAME').TABLE_NAME,
  clock: systemClock,
  logger: new Logger(),
});

/** The dependencies of a function that changes orders' statuses. */
export const orderChangeDeps = (): OrderChangeDeps => ({
  ...tableDeps(),
  retentionDays: environment('ORDER_RETENTION_DAYS').ORDER_RETENTION_DAYS,
});

/** The dependencies of a function behind a POST. */
export const creationDeps = (): CreationDeps => ({
  ...tableDeps(),
  idempotencyTableName: environment('IDEMPOTENCY_TABLE_NAME').IDEMPOTENCY_TABLE_NAME,
  newOrderId: (placedAt) => parse(OrderId, ulid(placedAt.getTime())),
});

/** The dependencies of the function that transfers funds. */
export const transferDeps = (): TransferDeps => ({
  ...tableDeps(),
  idempotencyTableName: environment('IDEMPOTENCY_TABLE_NAME').IDEMPOTENCY_TABLE_NAME,
  newTransactionId: (at) => parse(TransactionId, ulid(at.getTime())),
});
