import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { JsonText } from '../template/json-text.ts';
import { localResource, queueNameIn } from '../template/local-names.ts';
import { TemplateError } from '../template/template-error.ts';
import type { QueueDefinition, SubscriptionDefinition } from './messaging.ts';

/** How long one try may take, as at SNS. */
export const TRY_SECONDS = 15;
/** How long it is from a failed try to the next. */
export const RETRY_SECONDS = 2;
/** What is delivered is not visible until it is deleted too, which may take 10 s. */
const VISIBILITY_SECONDS = 30;
/** SNS tries for an hour, or for six; that is too long for a local system. */
const TRIES_MAX = 3;

const QUEUE = { Type: 'AWS::SQS::Queue', Properties: {}, Metadata: {} };
const RedrivePolicy = JsonText.pipe(z.object({ deadLetterTargetArn: z.string() }));

/** A subscription that leads out of SNS and SQS: to a URL, or to a mail address. */
export interface TopicEndpointDefinition {
  readonly logicalId: string;
  readonly protocol: Exclude<SubscriptionDefinition['protocol'], 'sqs'>;
  readonly endpoint: string;
  /** What waits to be delivered. It stands in the endpoint's place as the topic's subscriber. */
  readonly queue: QueueDefinition;
  readonly visibilityTimeoutSeconds: number;
  /** Where that goes which cannot be delivered. */
  readonly deadLetterQueueUrl: string;
}

/**
 * How the local system delivers to an endpoint, which none is where a queue subscribes: what the messaging part knows is queues alone, so the topic fills one, and
 * what could not be delivered from it goes where the subscription's redrive policy says.
 *
 * @throws TemplateError for a subscription without one: its notifications would be lost in silence.
 */
export function topicEndpoint(
  { logicalId, protocol, endpoint, attributes }: SubscriptionDefinition,
  queueUrlBase: string,
): readonly TopicEndpointDefinition[] {
  if (protocol === 'sqs') return [];
  const policy = read(RedrivePolicy, attributes['RedrivePolicy']);
  if (!policy.success) throw new TemplateError(`${logicalId} has no RedrivePolicy that names a queue`);
  const deadLetterQueueName = queueNameIn(policy.data.deadLetterTargetArn);
  const { name, ref, attributes: named } = localResource(logicalId, QUEUE, undefined, queueUrlBase);
  const queue: QueueDefinition = {
    logicalId,
    name,
    url: ref,
    arn: named['Arn'] ?? '',
    attributes: {
      VisibilityTimeout: String(VISIBILITY_SECONDS),
      RedrivePolicy: JSON.stringify({ ...policy.data, maxReceiveCount: TRIES_MAX }),
    },
  };
  return [
    {
      logicalId,
      protocol,
      endpoint,
      queue,
      visibilityTimeoutSeconds: VISIBILITY_SECONDS,
      deadLetterQueueUrl: localResource(logicalId, QUEUE, deadLetterQueueName, queueUrlBase).ref,
    },
  ];
}
