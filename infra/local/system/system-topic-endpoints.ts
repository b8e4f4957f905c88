import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { InvocationResult } from '../lambda/invocation-result.ts';
import type { MailFolder } from '../mail/mail-folder.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import { type TopicEndpointDefinition, TRY_SECONDS } from '../plan/topic-endpoint.ts';
import { QueueMapping } from '../queue-mapping/queue-mapping.ts';
import { deliverAsMail } from '../topic-endpoints/deliver-as-mail.ts';
import { deliverToWebhook } from '../topic-endpoints/deliver-to-webhook.ts';
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
  { logicalId, protocol, endpoint, queue, visibilityTimeoutSeconds }: TopicEndpointDefinition,
  { clients, mails, log: systemLog }: SystemTopicEndpointsOptions,
): QueueMapping {
  const log = mappingLog(systemLog, logicalId);
  const deliver = (record: SQSRecord): Promise<void> =>
    protocol === 'email' ? deliverAsMail(mails, endpoint, record) : deliverToWebhook(endpoint, record);
  const invoke = async ({ Records }: SQSEvent): Promise<InvocationResult> => {
    const attempts = await Promise.allSettled(Records.map(deliver));
    const batchItemFailures = attempts.flatMap((one, index) => {
      if (one.status === 'fulfilled') return [];
      const { messageId = '' } = Records[index] ?? {};
      log.warn('A notification was not delivered', { messageId, error: one.reason });
      return [{ itemIdentifier: messageId }];
    });
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
    sqs: clients.sqs,
    invoke,
    log,
  });
}
