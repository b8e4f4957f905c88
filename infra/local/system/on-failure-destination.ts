import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { OnFailureRecord } from '../event-source-mapping/event-source-mapping.ts';
import { withPayload } from '../event-source-mapping/on-failure.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import type { BucketDefinition, QueueDefinition } from '../plan/messaging.ts';
import { TemplateError } from '../template/template-error.ts';
import type { LocalClients } from './local-clients.ts';

type Send = (failure: OnFailureRecord) => Promise<void>;

/**
 * Sends a batch that a mapping gives up to the destination of the template: pointers to a queue or a topic, the complete batch to a
 * bucket, which then sends its notifications.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 *
 * @throws TemplateError for a destination that is not in the plan.
 */
export function onFailureDestination(
  arn: string | undefined,
  { queues, topics, buckets }: LocalPlan,
  clients: Pick<LocalClients, 'sqs' | 'sns' | 's3'>,
): Send {
  if (arn === undefined) return () => Promise.resolve();
  const bucket = buckets.find((one) => one.arn === arn);
  if (bucket !== undefined) return (failure) => writeObject(clients, bucket, failure);
  const queue = queues.find((one) => one.arn === arn);
  if (queue !== undefined) return ({ pointers }) => sendTo(clients, queue, pointers);
  if (!topics.some((one) => one.arn === arn))
    throw new TemplateError(`${arn} is not an on-failure destination in this template`);
  return async ({ pointers }) => {
    await clients.sns.send(new PublishCommand({ TopicArn: arn, Message: JSON.stringify(pointers) }));
  };
}

async function writeObject(
  { s3 }: Pick<LocalClients, 's3'>,
  bucket: BucketDefinition,
  failure: OnFailureRecord,
): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket.name,
      Key: failure.objectKey,
      Body: JSON.stringify(withPayload(failure)),
      ContentType: 'application/json',
    }),
  );
}

async function sendTo(
  { sqs }: Pick<LocalClients, 'sqs'>,
  queue: QueueDefinition,
  body: unknown,
): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(body) }));
}
