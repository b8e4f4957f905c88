import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { InvocationResult } from '../lambda/invocation-result.ts';
import type { MailFolder } from '../mail/mail-folder.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import { RETRY_SECONDS, type TopicEndpointDefinition, TRY_SECONDS } from '../plan/topic-endpoint.ts';
import { QueueMapping } from '../queue-mapping/queue-mapping.ts';
import { deliverAsMail } from '../topic-endpoints/deliver-as-mail.ts';
import { deliverToWebhook, WebhookRefusedError } from '../topic-endpoints/deliver-to-webhook.ts';
import { mappingLog, type SystemLog } from './system-log.ts';

/** The most messages of one read of a queue. */
const BATCH_SIZE = 10;
const CONCURRENCY = 2;

/** The dependencies of the delivery to endpoints. */
export interface SystemTopicEndpointsOptions {
  readonly plan: Pick<LocalPlan, 'topicEndpoints'>;
  readonly clients: { readonly sqs: SQSClient };
  readonly mails: MailFolder;
  readonly log: SystemLog;
}

/** Creates the deliveries to the topics' URLs and mail addresses, by the subscription's logical id, and starts none. */
export function systemTopicEndpoints(
  options: SystemTopicEndpointsOptions,
): ReadonlyMap<string, QueueMapping> {
  return new Map(
    options.plan.topicEndpoints.map(
      (endpoint) => [endpoint.logicalId, deliveryTo(endpoint, options)] as const,
    ),
  );
}

function deliveryTo(
  {
    logicalId,
    protocol,
    endpoint,
    queue,
    visibilityTimeoutSeconds,
    deadLetterQueueUrl,
  }: TopicEndpointDefinition,
  { clients: { sqs }, mails, log: systemLog }: SystemTopicEndpointsOptions,
): QueueMapping {
  const log = mappingLog(systemLog, logicalId);
  const deliver = (record: SQSRecord, stopping: AbortSignal): Promise<void> =>
    protocol === 'email'
      ? deliverAsMail(mails, endpoint, record)
      : deliverToWebhook(endpoint, record, stopping);
  /** @returns whether the notification is handled: delivered, or on the dead-letter queue. */
  const attempt = async (record: SQSRecord, stopping: AbortSignal): Promise<boolean> => {
    const { messageId, receiptHandle, body } = record;
    try {
      await deliver(record, stopping);
      return true;
    } catch (error) {
      log.warn('A notification was not delivered', { messageId, error });
      const isFinal = error instanceof WebhookRefusedError && error.isFinal;
      const next = isFinal
        ? sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: body }))
        : sqs.send(
            new ChangeMessageVisibilityCommand({
              QueueUrl: queue.url,
              ReceiptHandle: receiptHandle,
              VisibilityTimeout: RETRY_SECONDS,
            }),
          );
      // Without either, the next attempt is after the visibility timeout.
      return await next.then(
        () => isFinal,
        () => false,
      );
    }
  };
  const invoke = async ({ Records }: SQSEvent, stopping: AbortSignal): Promise<InvocationResult> => {
    const areHandled = await Promise.all(Records.map((record) => attempt(record, stopping)));
    const failed = Records.filter((_, index) => !areHandled[index]);
    const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { outcome: 'success', payload: { batchItemFailures } };
  };
  return new QueueMapping({
    settings: {
      functionName: logicalId,
      functionTimeoutSeconds: TRY_SECONDS,
      queueArn: queue.arn,
      queueUrl: queue.url,
      visibilityTimeoutSeconds,
      batchSize: BATCH_SIZE,
      maximumBatchingWindowInSeconds: 0,
      maximumConcurrency: CONCURRENCY,
      reportBatchItemFailures: true,
    },
    sqs,
    invoke,
    log,
  });
}
