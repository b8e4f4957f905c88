import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalPart } from '../../../infra/local/machine/local-part.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';

let part: LocalPart;
let sns: SNSClient;
let sqs: SQSClient;
beforeAll(async () => {
  part = await startMessaging();
  const local = { endpoint: part.endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  sns = new SNSClient(local);
  sqs = new SQSClient(local);
});
afterAll(() => part?.stop());

const arnOf = (name: string): string => `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:${name}`;

/** A subscription to a queue that is deleted, with a dead-letter queue, and an event that was published to it. */
async function publishedTo(name: string) {
  const created = async (QueueName: string): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
    return QueueUrl;
  };
  const undeliverable = await created(`${name}-undeliverable`);
  const queue = await created(name);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
  const Attributes = {
    RawMessageDelivery: 'true',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(`${name}-undeliverable`) }),
  };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arnOf(name), Attributes }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queue }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'event' }));
  const bodiesOn = async (QueueUrl: string) =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.map(({ Body }) => Body);
  return { TopicArn, undeliverable, bodiesOn, create: () => created(name) };
}

it('a notification to a queue that does not exist goes to the dead-letter queue of its subscription', async () => {
  const { undeliverable, bodiesOn } = await publishedTo('shipping');
  expect(await bodiesOn(undeliverable)).toEqual(['event']);
});

it('a queue that is created again receives what follows', async () => {
  const { TopicArn, undeliverable, bodiesOn, create } = await publishedTo('billing');
  const queue = await create();
  await sns.send(new PublishCommand({ TopicArn, Message: 'next' }));
  expect(await bodiesOn(queue)).toEqual(['next']);
  expect(await bodiesOn(undeliverable)).toEqual(['event']);
});
