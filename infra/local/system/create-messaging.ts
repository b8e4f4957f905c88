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
import type { LocalPlan } from '../template/local-plan.ts';
import type { QueueDefinition, SubscriptionDefinition } from '../template/resources/messaging.ts';
import type { LocalClients } from './local-clients.ts';

type MessagingPlan = Pick<LocalPlan, 'queues' | 'topics' | 'subscriptions' | 'topicEndpoints' | 'buckets'>;

/** Which subscriptions of the topics are the template's, by their ARN; all others are the user's own. */
export interface MadeSubscriptions {
  /** Undefined where no start has written any. */
  read(): readonly string[] | undefined;
  write(arns: readonly string[]): void;
}

const NOT_REMEMBERED: MadeSubscriptions = { read: () => undefined, write: () => undefined };

/** Remembers them in a data folder; without one nothing outlives the system. */
export function madeSubscriptions(dataDir: string | undefined): MadeSubscriptions {
  if (dataDir === undefined) return NOT_REMEMBERED;
  const file = join(dataDir, 'subscriptions.json');
  return {
    read: () => (existsSync(file) ? parseJson(z.array(z.string()), readFileSync(file, 'utf8')) : undefined),
    write: (arns) => {
      // In one step, since a process that is killed half way would leave half a list.
      const partial = `${file}.partial`;
      writeFileSync(partial, JSON.stringify(arns));
      renameSync(partial, file);
    },
  };
}

/**
 * Makes queues, topics, subscriptions and buckets. What an older template has left in a data folder becomes the template's: a queue gets
 * its attributes, and of the subscriptions that an earlier start has made, those that the template no longer has are removed.
 * What the user has made is left as it is. A subscriber's queue that the template does not make is made where it is not there:
 * the messaging part would drop what is for it.
 */
export async function createMessaging(
  { sqs, sns, s3 }: Pick<LocalClients, 'sqs' | 'sns' | 's3'>,
  { queues, topics, subscriptions, topicEndpoints, buckets }: MessagingPlan,
  made: MadeSubscriptions = NOT_REMEMBERED,
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
  // Where none were written, those of the template's queues are taken for the template's.
  const earlier = new Set([...(made.read() ?? ownQueues), ...subscriptions.map(queueOf)]);
  for (const { arn } of topics) await unsubscribe(sns, arn, earlier);
  const arns = await Promise.all(
    subscriptions.map(async (subscription) => {
      const queueArn = queueOf(subscription);
      if (!ownQueues.has(queueArn)) await sqs.send(new CreateQueueCommand({ QueueName: nameIn(queueArn) }));
      return subscribe(sns, queueArn, subscription);
    }),
  );
  made.write(arns);
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

/** Ends a topic's subscriptions that are given by their own ARN or by their queue's: made again, they have the template's attributes. */
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
