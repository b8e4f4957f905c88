import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { consumeImports } from '../../pipelines/imports/consume-imports.ts';
import { importOrder } from '../../pipelines/orders/import-order.ts';
import { statusSpread } from '../../pipelines/orders/status-index.ts';
import { dynamoDb, s3, sqs } from '../clients.ts';
import { environment, settings } from '../environment.ts';

/**
 * The end of an invocation in which no order is started, in milliseconds. A write that started just before takes up to 27 s.
 * The checkpoint and the message for the rest follow it.
 */
const RESERVE_MS = 45_000;

const env = environment('TABLE_NAME', 'IMPORT_QUEUE_URL');
const table = {
  ...settings(statusSpread),
  dynamoDb: dynamoDb(),
  tableName: env.TABLE_NAME,
  clock,
};
const deps = {
  s3: s3(),
  sqs: sqs(),
  queueUrl: env.IMPORT_QUEUE_URL,
  writeOrder: (order: Parameters<typeof importOrder>[1]) => importOrder(table, order),
  clock,
  logger: new Logger(),
  reserveMs: RESERVE_MS,
};

/** Turns the objects that are created under imports/ into orders. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  consumeImports(event, context, deps);
