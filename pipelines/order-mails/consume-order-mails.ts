import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseNotification } from '../../contracts/subscriber/parse-notification.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { loggableReason } from '../errors.ts';
import type { OrderMails } from './order-mails.ts';

/** What the consuming of the queue stands on. */
export interface ConsumeOrderMailsDeps {
  readonly orderMails: Pick<OrderMails, 'handle'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Sends the mails of a queue's messages, at the same time: they need no order, as the queue keeps none. A message that fails, for
 * whatever reason, is reported and comes again; after five times the queue itself gives it up, whole, to its dead letters.
 * Powertools' processor does here what is needed, unlike for a stream, where records have an order.
 */
export function consumeOrderMails(
  event: SQSEvent,
  context: Context,
  { orderMails, logger }: ConsumeOrderMailsDeps,
): Promise<SQSBatchResponse> {
  const handle = async ({ messageId, body }: SQSRecord): Promise<void> => {
    try {
      const event = parseNotification(body);
      // A later release's type, of which there is no mail yet.
      if (event.type === 'unknown') return;
      await orderMails.handle(event, { messageId, remainingMs: context.getRemainingTimeInMillis() });
    } catch (error) {
      const awsError = awsErrorKind(error);
      logger.warn('A mail failed and will come again', {
        messageId,
        reason: loggableReason(error),
        awsError,
      });
      throw error;
    }
  };
  // A batch that failed as a whole is reported as any other: an error would say less and count as a crash.
  return processPartialResponse(event, handle, new BatchProcessor(EventType.SQS), {
    context,
    throwOnFullBatchFailure: false,
  });
}
