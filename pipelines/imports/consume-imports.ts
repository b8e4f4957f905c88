import type { Logger } from '@aws-lambda-powertools/logger';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  keyOf,
  type ObjectCreatedNotification,
  type ObjectCreatedRecord,
} from '../../contracts/s3/object-notification.ts';
import { loggableReason } from '../core/loggable-reason.ts';
import { type RetryPolicy, withRetry } from '../core/retry.ts';
import { ObjectGoneError } from './errors.ts';
import { readImportMessage } from './import-message.ts';
import { type ImportObjectDeps, importObject } from './import-object.ts';
import { formatOf } from './object-format.ts';

/** What the import of a queue's messages stands on. */
export interface ConsumeImportsDeps extends Omit<ImportObjectDeps, 'isTimeUp'> {
  readonly sqs: SQSClient;
  /** Where a message goes for what is left of an import. */
  readonly queueUrl: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The end of an invocation's time in which nothing more is begun, in milliseconds. */
  readonly reserveMs: number;
}

const SEND_RETRY: RetryPolicy = { attemptsMax: 3, delayMsBase: 100, delayMsMax: 500, budgetMs: 2_000 };

/**
 * Imports the objects that S3's messages tell of, one after the other. A message is done when the object's report is written,
 * when the object is gone, or when a new message is on the queue for what time did not do for. Any other comes again when its
 * visibility time-out is over, and the import then goes on from its last checkpoint.
 */
export async function consumeImports(
  { Records }: SQSEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  deps: ConsumeImportsDeps,
): Promise<SQSBatchResponse> {
  const isTimeUp = (): boolean => context.getRemainingTimeInMillis() < deps.reserveMs;
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      for (const record of readImportMessage(body)) await importRecord(record, { ...deps, isTimeUp });
    } catch (error) {
      deps.logger.error('An import failed and will come again', { messageId, reason: loggableReason(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

async function importRecord(
  record: ObjectCreatedRecord,
  deps: ConsumeImportsDeps & ImportObjectDeps,
): Promise<void> {
  const { logger } = deps;
  const { bucket, object } = record.s3;
  const key = keyOf(record);
  const format = formatOf(key);
  // Never an error: were the bucket's rules too wide, the report of an object would be one of them.
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
      await sendOn(deps, record);
      return logger.info('An import goes on in another invocation', { objectKey: key });
    }
    const { status, rows, orders, rejected } = report;
    logger.info('An import is over', { objectKey: key, status, rows, ...orders, rejected });
  } catch (error) {
    if (!(error instanceof ObjectGoneError)) throw error;
    logger.warn('An import has lost its object', { objectKey: key, reason: loggableReason(error) });
  }
}

/** Asks for another invocation. If this one is killed before it has answered, two go on, of which the first to write stays. */
async function sendOn(
  { sqs, queueUrl }: Pick<ConsumeImportsDeps, 'sqs' | 'queueUrl'>,
  record: ObjectCreatedRecord,
): Promise<void> {
  const MessageBody = JSON.stringify({ Records: [record] } satisfies ObjectCreatedNotification);
  const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody });
  await withRetry(() => sqs.send(command), { policy: SEND_RETRY });
}
