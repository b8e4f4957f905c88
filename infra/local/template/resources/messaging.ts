import * as z from 'zod';
import type { BucketNotification } from '../../object-notifications/bucket-notifications.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../region.ts';
import { TemplateError } from '../template-error.ts';
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

/** A subscription to a topic, of a queue, a URL or a mail address; `attributes` as Subscribe takes them. */
export interface SubscriptionDefinition {
  readonly logicalId: string;
  readonly topicArn: string;
  readonly protocol: 'sqs' | 'http' | 'https' | 'email';
  /** A queue's ARN, or what a URL or an address is. */
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A bucket, and what it notifies of new objects. */
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
  properties({
    shape: {},
    ignored: [
      'TopicName',
      'KmsMasterKeyId',
      'SignatureVersion',
      'DeliveryStatusLogging',
      'DisplayName',
      'Tags',
    ],
  });
  return { logicalId, name: local.name, arn: local.ref };
};

const LOCAL_QUEUE_ARN_PREFIX = `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:`;
const subscriptionShape = {
  TopicArn: z.string(),
  Protocol: z.enum(['sqs', 'http', 'https', 'email']),
  Endpoint: z.string(),
  RawMessageDelivery: Value.optional(),
  FilterPolicy: Policy.optional(),
  FilterPolicyScope: Value.optional(),
  RedrivePolicy: Policy.optional(),
};

export const readSubscription: ReadResource<SubscriptionDefinition> = ({ logicalId, properties }) => {
  const { TopicArn, Protocol, Endpoint, ...attributes } = properties({
    shape: subscriptionShape,
    ignored: ['DeliveryPolicy'],
  });
  if (Protocol === 'sqs' && !Endpoint.startsWith(LOCAL_QUEUE_ARN_PREFIX))
    throw new TemplateError(
      `${logicalId} leads to a queue that is not on this machine`,
      `Name one that begins with ${LOCAL_QUEUE_ARN_PREFIX}.`,
    );
  return {
    logicalId,
    topicArn: TopicArn,
    protocol: Protocol,
    endpoint: Endpoint,
    attributes: withoutAbsent(attributes),
  };
};

const FilterRule = z.object({ Name: z.enum(['prefix', 'suffix']), Value: z.string() });
const bucketShape = {
  NotificationConfiguration: z
    .strictObject({
      EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: z.literal(true) }).optional(),
      QueueConfigurations: z
        .array(
          z.object({
            Event: z.literal('s3:ObjectCreated:*'),
            Queue: z.string(),
            Filter: z.object({ S3Key: z.object({ Rules: z.array(FilterRule) }) }).optional(),
          }),
        )
        .default([]),
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

const objectRuleShape = {
  EventPattern: z.strictObject({
    source: z.tuple([z.literal('aws.s3')]),
    'detail-type': z.tuple([z.literal('Object Created')]),
    detail: z.strictObject({
      bucket: z.strictObject({ name: z.array(z.string()) }),
      object: z.strictObject({ key: z.tuple([z.strictObject({ prefix: z.string() })]) }),
    }),
  }),
  Targets: z.tuple([
    z.object({ Arn: z.string(), InputTransformer: z.object({ InputTemplate: z.string() }) }),
  ]),
};

/**
 * A rule of EventBridge on the new objects of buckets: here it is a notification of each, whose message has the shape that the
 * rule's transformer gives its own.
 */
export const readObjectRule: ReadResource<readonly BucketNotification[]> = ({ properties }) => {
  const { EventPattern, Targets } = properties({ shape: objectRuleShape, ignored: ['Description', 'Name'] });
  const { bucket, object } = EventPattern.detail;
  const notified = { queueArn: Targets[0].Arn, prefix: object.key[0].prefix, suffix: '' };
  return bucket.name.map((name) => ({ ...notified, bucket: name }));
};

const withoutAbsent = (attributes: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
