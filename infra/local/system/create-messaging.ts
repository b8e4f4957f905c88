import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { LocalPlan } from '../template/local-plan.ts';
import type { LocalClients } from './local-clients.ts';

/** Makes queues, topics, subscriptions and buckets. Those that are there already stay as they are. */
export async function createMessaging(
  { sqs, sns, s3 }: Pick<LocalClients, 'sqs' | 'sns' | 's3'>,
  { queues, topics, subscriptions, buckets }: LocalPlan,
): Promise<void> {
  await Promise.all([
    ...queues.map(({ name, attributes }) =>
      sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } })),
    ),
    ...topics.map(({ name }) => sns.send(new CreateTopicCommand({ Name: name }))),
    ...buckets.map(({ name }) => s3.send(new CreateBucketCommand({ Bucket: name }))),
  ]);
  await Promise.all(
    subscriptions.map(({ topicArn, queueArn, attributes }) =>
      sns.send(
        new SubscribeCommand({
          TopicArn: topicArn,
          Protocol: 'sqs',
          Endpoint: queueArn,
          Attributes: { ...attributes },
        }),
      ),
    ),
  );
}
