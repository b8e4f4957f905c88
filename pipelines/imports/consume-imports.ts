import type { Logger } from '@aws-lambda-powertools/logger';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import {
  keyOf,
  type ObjectCreatedNotification,
  ObjectCreatedRecord,
  ObjectNotificationTest,
} from '../../contracts/imports/object-notification.ts';
import { read, readJson, valueIssues } from '../../contracts/reading.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { ContractViolationError, loggableReason } from '../errors.ts';
import { ObjectDeletedError } from './errors.ts';
import { type ImportObjectDeps, importObject } from './import-object.ts';
import { formatOf } from './object-content.ts';

const Message = z.union([ObjectNotificationTest, z.object({ Records: z.array(z.unknown()).min(1) })]);

/** What a message of S3 names. */
export interface ImportMessage {
  /** The objects that were created; none in the test event. */
  readonly records: readonly ObjectCreatedRecord[];
  /** One for each record that is not from S3: it does not stop the import of the others. */
  readonly violations: readonly ContractViolationError[];
}

/**
 * Reads a message of S3.
 *
 * @throws ContractViolationError for a message that is not from S3.
 */
export function readImportMessage(body: string): ImportMessage {
  const message = readJson(Message, body);
  if (!message.success)
    throw new ContractViolationError('The message names no object', valueIssues(message.error));
  const readings =
    'Records' in message.data ? message.data.Records.map((record) => read(ObjectCreatedRecord, record)) : [];
  return {
    records: readings.flatMap(({ data }) => data ?? []),
    violations: readings.flatMap(({ error }, index) =>
      error === undefined
        ? []
        : new ContractViolationError('A record names no object', valueIssues(error, `Records.${index}`)),
    ),
  };
}

/** The dependencies of the import of a queue's messages. */
export interface ConsumeImportsDeps extends Omit<ImportObjectDeps, 'isTimeUp'> {
  readonly sqs: SQSClient;
  /** The queue for the message that continues an import. */
  readonly queueUrl: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The end of an invocation's time in which nothing more is started, in milliseconds. */
  readonly reserveMs: number;
}

const SEND_RETRY: RetryPolicy = { attemptsMax: 3, delayMsBase: 100, delayMsMax: 500, budgetMs: 2_000 };

/**
 * Imports the objects that S3's messages name, one after the other. An object is done when its report is written, when it is deleted,
 * or when a new message for the rest is on the queue. Otherwise SQS delivers the message again after its visibility
 * timeout, and the import continues at its last checkpoint.
 */
export async function consumeImports(
  { Records }: SQSEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  deps: ConsumeImportsDeps,
): Promise<SQSBatchResponse> {
  const isTimeUp = (): boolean => context.getRemainingTimeInMillis() < deps.reserveMs;
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    const failures = await importMessage(body, { ...deps, isTimeUp });
    for (const failure of failures)
      deps.logger.error('An import failed and will be retried', {
        messageId,
        reason: loggableReason(failure),
      });
    if (failures.length > 0) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

/** Imports each object that a message names, independent of the others. @returns the failures. */
async function importMessage(
  body: string,
  deps: ConsumeImportsDeps & ImportObjectDeps,
): Promise<readonly unknown[]> {
  try {
    const { records, violations } = readImportMessage(body);
    const failures: unknown[] = [...violations];
    for (const record of records)
      await importRecord(record, deps).catch((error: unknown) => failures.push(error));
    return failures;
  } catch (error) {
    return [error];
  }
}

async function importRecord(
  record: ObjectCreatedRecord,
  deps: ConsumeImportsDeps & ImportObjectDeps,
): Promise<void> {
  const { logger } = deps;
  const { bucket, object } = record.s3;
  const key = keyOf(record);
  const format = formatOf(key);
  // Never an error: with too wide notification rules, the report of an object is such an object too.
  if (format === undefined)
    return logger.warn('An object is not of a format that is imported', { objectKey: key });
  const source = {
    bucket: bucket.name,
    key,
    etag: object.eTag,
    format,
    run: object.sequencer ?? record.eventTime,
  };
  try {
    const report = await importObject(deps, source);
    if (report === undefined) {
      await sendContinuation(deps, record);
      return logger.info('An import continues in another invocation', { objectKey: key });
    }
    const { status, rows, orders, rejected } = report;
    logger.info('An import has ended', { objectKey: key, status, rows, ...orders, rejected });
  } catch (error) {
    if (!(error instanceof ObjectDeletedError)) throw error;
    logger.warn('An import has lost its object', { objectKey: key, reason: loggableReason(error) });
  }
}

/** Requests another invocation. If this one is killed before it responds, two continue, and the first to write wins. */
async function sendContinuation(
  { sqs, queueUrl }: Pick<ConsumeImportsDeps, 'sqs' | 'queueUrl'>,
  record: ObjectCreatedRecord,
): Promise<void> {
  const MessageBody = JSON.stringify({ Records: [record] } satisfies ObjectCreatedNotification);
  const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody });
  await withRetry(() => sqs.send(command), { policy: SEND_RETRY });
}
