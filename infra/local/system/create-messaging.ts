import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import type { QueueDefinition, SubscriptionDefinition } from '../plan/messaging.ts';
import { queueNameIn } from '../template/local-names.ts';
import type { LocalClients } from './local-clients.ts';

type MessagingPlan = Pick<LocalPlan, 'queues' | 'topics' | 'subscriptions' | 'topicEndpoints' | 'buckets'>;

/** The ARNs of the subscriptions that the template created. All other subscriptions are the user's. */
export interface CreatedSubscriptions {
  /** `undefined` if no start has written any. */
  read(): readonly string[] | undefined;
  write(arns: readonly string[]): void;
}

const NOT_KEPT: CreatedSubscriptions = { read: () => undefined, write: () => undefined };

/** Keeps the ARNs in a data folder. Without a data folder, no subscription survives the system. */
export function createdSubscriptions(dataDir: string | undefined): CreatedSubscriptions {
  if (dataDir === undefined) return NOT_KEPT;
  const file = join(dataDir, 'subscriptions.json');
  return {
    read: () => (existsSync(file) ? parseJson(z.array(z.string()), readFileSync(file, 'utf8')) : undefined),
    write: (arns) => {
      // In one step, so that a process that is killed leaves a complete list.
      const partial = `${file}.partial`;
      writeFileSync(partial, JSON.stringify(arns));
      renameSync(partial, file);
    },
  };
}

/**
 * Creates queues, topics, subscriptions and buckets. Resources of an older template in a data folder are updated: a queue gets the
 * template's attributes, and subscriptions that an earlier start created and the template no longer has are removed. The user's own
 * resources stay unchanged. A subscriber's queue that is not in the template is created if it does not exist.
 */
export async function createMessaging(
  { sqs, sns, s3 }: Pick<LocalClients, 'sqs' | 'sns' | 's3'>,
  { queues, topics, subscriptions, topicEndpoints, buckets }: MessagingPlan,
  created: CreatedSubscriptions = NOT_KEPT,
): Promise<void> {
  await Promise.all([
    ...queues.map((queue) => createQueue(sqs, queue)),
    ...topics.map(({ name }) => sns.send(new CreateTopicCommand({ Name: name }))),
    ...buckets.map(({ name }) => s3.send(new CreateBucketCommand({ Bucket: name }))),
  ]);
  const ownQueues = new Set(queues.map(({ arn }) => arn));
  const standIns = new Map(topicEndpoints.map(({ logicalId, queue }) => [logicalId, queue.arn]));
  const queueOf = ({ logicalId, endpoint }: SubscriptionDefinition): string =>
    standIns.get(logicalId) ?? endpoint;
  // If no start has written any, the subscriptions of the template's queues count as the template's.
  const earlier = new Set([...(created.read() ?? ownQueues), ...subscriptions.map(queueOf)]);
  for (const { arn } of topics) await unsubscribe(sns, arn, earlier);
  const arns = await Promise.all(
    subscriptions.map(async (subscription) => {
      const queueArn = queueOf(subscription);
      if (!ownQueues.has(queueArn))
        await sqs.send(new CreateQueueCommand({ QueueName: queueNameIn(queueArn) }));
      return subscribe(sns, queueArn, subscription);
    }),
  );
  created.write(arns);
}

async function createQueue(
  sqs: LocalClients['sqs'],
  { name, url, attributes }: QueueDefinition,
): Promise<void> {
  // CreateQueue refuses attributes that differ from those of an existing queue.
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { ...attributes } }));
}

/** Deletes a topic's subscriptions, given by their own ARN or their queue's. They are created again with the template's attributes. */
async function unsubscribe(
  sns: LocalClients['sns'],
  topicArn: string,
  arns: ReadonlySet<string>,
): Promise<void> {
  const ended: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client: sns },
    { TopicArn: topicArn },
  )) {
    for (const { SubscriptionArn = '', Endpoint = '' } of Subscriptions)
      if (arns.has(SubscriptionArn) || arns.has(Endpoint)) ended.push(SubscriptionArn);
  }
  for (const SubscriptionArn of ended) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
}

async function subscribe(
  sns: LocalClients['sns'],
  queueArn: string,
  { topicArn, attributes }: SubscriptionDefinition,
): Promise<string> {
  const { SubscriptionArn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { ...attributes },
    }),
  );
  return SubscriptionArn;
}
