import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { isStatusEvent } from '../../contracts/events/order-notification.ts';
import { DESTINATION_VALIDATED, MailFeedback } from '../../contracts/order-mails/mail-feedback.ts';
import { readJson } from '../../contracts/reading.ts';
import { parseNotification } from '../../contracts/subscriber/parse-notification.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { loggableReason } from '../errors.ts';
import type { OrderMails } from './order-mails.ts';

/** The dependencies of the consumer of the queue. */
export interface ConsumeOrderMailsDeps {
  readonly orderMails: Pick<OrderMails, 'handle'>;
  /** Suppresses the addresses of a bounce or a complaint. */
  readonly suppress: (feedback: MailFeedback) => Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Sends the mails of a queue's messages, and takes in what SES reports of mails before, at the same time: they need no order, as the queue keeps none. A message that fails, for
 * any reason, is reported and delivered again; after five times SQS moves it to the dead-letter queue.
 * Powertools' processor is sufficient here, unlike for a stream, where records have an order.
 */
export function consumeOrderMails(
  event: SQSEvent,
  context: Context,
  { orderMails, suppress, logger }: ConsumeOrderMailsDeps,
): Promise<SQSBatchResponse> {
  const handle = async ({ messageId, body }: SQSRecord): Promise<void> => {
    try {
      if (body === DESTINATION_VALIDATED) return;
      const feedback = readJson(MailFeedback, body);
      if (feedback.success) return await suppress(feedback.data);
      const event = parseNotification(body);
      // A later release's type, of which there is no mail yet, or a fact: a mail reports a status.
      if (event.type === 'unknown' || !isStatusEvent(event)) return;
      // A backfill sends events of the past, of which a mail would be no news.
      if (event.replayed === true) return;
      await orderMails.handle(event, { messageId, remainingMs: context.getRemainingTimeInMillis() });
    } catch (error) {
      const awsError = awsErrorKind(error);
      logger.warn('A mail failed and will be retried', {
        messageId,
        reason: loggableReason(error),
        awsError,
      });
      throw error;
    }
  };
  // A batch in which all messages failed is reported as any other: an error would say less and count as a crash.
  return processPartialResponse(event, handle, new BatchProcessor(EventType.SQS), {
    context,
    throwOnFullBatchFailure: false,
  });
}
