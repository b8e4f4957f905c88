import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { OnFailureRecord } from '../event-source-mapping/event-source-mapping.ts';
import { withPayload } from '../event-source-mapping/on-failure-record.ts';
import { LOCAL_REGION } from '../region.ts';
import { PSEUDO_PARAMETERS } from '../template/local-names.ts';
import type { LocalPlan } from '../template/local-plan.ts';
import type { BucketDefinition, QueueDefinition } from '../template/resources/messaging.ts';
import { TemplateError } from '../template/template-error.ts';
import type { LocalClients } from './local-clients.ts';

type Send = (failure: OnFailureRecord) => Promise<void>;

/**
 * Sends what a mapping gives up where the template says: pointers to a queue or a topic, the whole batch to a bucket, of
 * which the bucket's queue then hears as S3 would tell it.
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
  if (bucket !== undefined) return (failure) => writeObject(clients, bucket, queues, failure);
  const queue = queues.find((one) => one.arn === arn);
  if (queue !== undefined) return ({ pointers }) => sendTo(clients, queue, pointers);
  if (!topics.some((one) => one.arn === arn))
    throw new TemplateError(`${arn} is no on-failure destination here`);
  return async ({ pointers }) => {
    await clients.sns.send(new PublishCommand({ TopicArn: arn, Message: JSON.stringify(pointers) }));
  };
}

async function writeObject(
  clients: Pick<LocalClients, 'sqs' | 's3'>,
  bucket: BucketDefinition,
  queues: readonly QueueDefinition[],
  failure: OnFailureRecord,
): Promise<void> {
  const { objectKey: Key } = failure;
  const body = JSON.stringify(withPayload(failure));
  await clients.s3.send(
    new PutObjectCommand({ Bucket: bucket.name, Key, Body: body, ContentType: 'application/json' }),
  );
  const message = objectCreated(bucket, Key, Buffer.byteLength(body), failure.pointers.timestamp);
  for (const { queueArn, prefix, suffix } of bucket.notifications) {
    const queue = queues.find((one) => one.arn === queueArn);
    if (queue !== undefined && Key.startsWith(prefix) && Key.endsWith(suffix))
      await sendTo(clients, queue, message);
  }
}

async function sendTo(
  { sqs }: Pick<LocalClients, 'sqs'>,
  queue: QueueDefinition,
  body: unknown,
): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(body) }));
}

/** See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html. */
const objectCreated = (bucket: BucketDefinition, key: string, size: number, eventTime: string): object => ({
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: LOCAL_REGION,
      eventTime,
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'local' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: PSEUDO_PARAMETERS.get('AWS::StackName'),
        bucket: { name: bucket.name, ownerIdentity: { principalId: 'local' }, arn: bucket.arn },
        object: { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'), size },
      },
    },
  ],
});
