import * as z from 'zod';
import type { BucketNotification } from '../../object-notifications/bucket-notifications.ts';
import type { ReadResource } from './read-resource.ts';

/** A queue as it is made on this machine; `attributes` as CreateQueue takes them. */
export interface QueueDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A topic as it is made on this machine. */
export interface TopicDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** A queue's subscription to a topic; `attributes` as Subscribe takes them. */
export interface SubscriptionDefinition {
  readonly logicalId: string;
  readonly topicArn: string;
  readonly queueArn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A bucket, and whom it tells of new objects. */
export interface BucketDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly notifications: readonly BucketNotification[];
}

const Value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Policy = z.record(z.string(), z.unknown()).transform((policy) => JSON.stringify(policy));

const queueShape = {
  MessageRetentionPeriod: Value.optional(),
  VisibilityTimeout: Value.optional(),
  DelaySeconds: Value.optional(),
  ReceiveMessageWaitTimeSeconds: Value.optional(),
  MaximumMessageSize: Value.optional(),
  FifoQueue: Value.optional(),
  ContentBasedDeduplication: Value.optional(),
  RedrivePolicy: Policy.optional(),
};
const queueIgnored = ['QueueName', 'SqsManagedSseEnabled', 'KmsMasterKeyId', 'RedriveAllowPolicy', 'Tags'];

export const readQueue: ReadResource<QueueDefinition> = ({ logicalId, local, properties }) => ({
  logicalId,
  name: local.name,
  url: local.ref,
  arn: local.attributes['Arn'] ?? '',
  attributes: withoutAbsent(properties({ shape: queueShape, ignored: queueIgnored })),
});

export const readTopic: ReadResource<TopicDefinition> = ({ logicalId, local, properties }) => {
  properties({ shape: {}, ignored: ['TopicName', 'KmsMasterKeyId', 'DisplayName', 'Tags'] });
  return { logicalId, name: local.name, arn: local.ref };
};

const subscriptionShape = {
  TopicArn: z.string(),
  Protocol: z.literal('sqs'),
  Endpoint: z.string(),
  RawMessageDelivery: Value.optional(),
  FilterPolicy: Policy.optional(),
  FilterPolicyScope: Value.optional(),
  RedrivePolicy: Policy.optional(),
};

export const readSubscription: ReadResource<SubscriptionDefinition> = ({ logicalId, properties }) => {
  const {
    TopicArn,
    Protocol: _,
    Endpoint,
    ...attributes
  } = properties({ shape: subscriptionShape, ignored: [] });
  return { logicalId, topicArn: TopicArn, queueArn: Endpoint, attributes: withoutAbsent(attributes) };
};

const FilterRule = z.object({ Name: z.enum(['prefix', 'suffix']), Value: z.string() });
const bucketShape = {
  NotificationConfiguration: z
    .strictObject({
      QueueConfigurations: z.array(
        z.object({
          Event: z.literal('s3:ObjectCreated:*'),
          Queue: z.string(),
          Filter: z.object({ S3Key: z.object({ Rules: z.array(FilterRule) }) }).optional(),
        }),
      ),
    })
    .optional(),
};
const bucketIgnored = [
  'BucketName',
  'BucketEncryption',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'LifecycleConfiguration',
  'VersioningConfiguration',
  'Tags',
];

export const readBucket: ReadResource<BucketDefinition> = ({ logicalId, local, properties }) => {
  const { NotificationConfiguration } = properties({ shape: bucketShape, ignored: bucketIgnored });
  return {
    logicalId,
    name: local.name,
    arn: local.attributes['Arn'] ?? '',
    notifications: (NotificationConfiguration?.QueueConfigurations ?? []).map(({ Queue, Filter }) => {
      const ruled = (name: 'prefix' | 'suffix'): string =>
        Filter?.S3Key.Rules.find((rule) => rule.Name === name)?.Value ?? '';
      return { bucket: local.name, queueArn: Queue, prefix: ruled('prefix'), suffix: ruled('suffix') };
    }),
  };
};

const withoutAbsent = (attributes: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
