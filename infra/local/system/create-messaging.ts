import { CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { LocalPlan } from '../template/local-plan.ts';
import type {
  QueueDefinition,
  SubscriptionDefinition,
  TopicDefinition,
} from '../template/resources/messaging.ts';
import type { LocalClients } from './local-clients.ts';

type MessagingPlan = Pick<LocalPlan, 'queues' | 'topics' | 'subscriptions' | 'topicEndpoints' | 'buckets'>;

/**
 * Makes queues, topics, subscriptions and buckets. What an older template has left in a data folder becomes the
 * template's: a queue gets its attributes, a topic its subscriptions and no others. A subscriber's queue that the template does not
 * make is made where it is not there: the messaging part would drop what is for it.
 */
export async function createMessaging(
  { sqs, sns, s3 }: Pick<LocalClients, 'sqs' | 'sns' | 's3'>,
  { queues, topics, subscriptions, topicEndpoints, buckets }: MessagingPlan,
): Promise<void> {
  await Promise.all([
    ...queues.map((queue) => createQueue(sqs, queue)),
    ...topics.map((topic) => createTopic(sns, topic)),
    ...buckets.map(({ name }) => s3.send(new CreateBucketCommand({ Bucket: name }))),
  ]);
  const made = new Set(queues.map(({ arn }) => arn));
  const standIns = new Map(topicEndpoints.map(({ logicalId, queue }) => [logicalId, queue.arn]));
  await Promise.all(
    subscriptions.map(async (subscription) => {
      const queueArn = standIns.get(subscription.logicalId) ?? subscription.endpoint;
      if (!made.has(queueArn)) await sqs.send(new CreateQueueCommand({ QueueName: nameIn(queueArn) }));
      await subscribe(sns, queueArn, subscription);
    }),
  );
}

const nameIn = (queueArn: string): string => queueArn.slice(queueArn.lastIndexOf(':') + 1);

async function createQueue(
  sqs: LocalClients['sqs'],
  { name, url, attributes }: QueueDefinition,
): Promise<void> {
  // Attributes in CreateQueue would be refused where the queue is there with others.
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { ...attributes } }));
}

async function createTopic(sns: LocalClients['sns'], { name, arn }: TopicDefinition): Promise<void> {
  await sns.send(new CreateTopicCommand({ Name: name }));
  const earlier: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client: sns },
    { TopicArn: arn },
  ))
    earlier.push(...Subscriptions.flatMap(({ SubscriptionArn }) => SubscriptionArn ?? []));
  for (const SubscriptionArn of earlier) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
}

async function subscribe(
  sns: LocalClients['sns'],
  queueArn: string,
  { topicArn, attributes }: SubscriptionDefinition,
): Promise<void> {
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { ...attributes },
    }),
  );
}
