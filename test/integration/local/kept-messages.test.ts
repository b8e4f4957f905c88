import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { type MessagingOptions, startMessaging } from '../../../infra/local/parts/messaging.ts';

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function startedPart(options: MessagingOptions) {
  const part = await startMessaging(options);
  stack.defer(() => part.stop());
  const client = { endpoint: part.endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  return { part, sqs: new SQSClient(client), sns: new SNSClient(client) };
}
const started = async (options: MessagingOptions): Promise<SQSClient> => (await startedPart(options)).sqs;

describe('a message that is given back', () => {
  it('is received again at once, also where messages are kept on disk', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kept-messages-'));
    stack.defer(() => rmSync(dataDir, { recursive: true }));
    const sqs = await started({ dataDir });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'letters' }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'letter' }));
    const receive = () =>
      sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] }));
    const [first] = (await receive()).Messages ?? [];
    const { ReceiptHandle } = first ?? {};
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    expect((await receive()).Messages).toMatchObject([
      { Body: 'letter', Attributes: { ApproximateReceiveCount: '2' } },
    ]);
  });
});

/** Runs a statement on the database of a messaging part. */
function inDatabase(dataDir: string, sql: string): void {
  const db = new DatabaseSync(join(dataDir, 'fauxqs.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}
const REFUSE_MESSAGES =
  "CREATE TRIGGER refuse BEFORE INSERT ON sqs_messages BEGIN SELECT RAISE(ABORT, 'refused'); END";

describe('a message that goes to its dead-letter queue', () => {
  it('is kept where the part ends after it left the one queue and before it is on the other', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'moved-messages-'));
    stack.defer(() => rmSync(dataDir, { recursive: true }));
    const before = await startedPart({ dataDir });
    const deadLetters = await before.sqs.send(new CreateQueueCommand({ QueueName: 'dead-letters' }));
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:${LOCAL_REGION}:000000000000:dead-letters`,
      maxReceiveCount: 1,
    });
    const Attributes = { RedrivePolicy, VisibilityTimeout: '0' };
    const { QueueUrl } = await before.sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes }));
    await before.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'letter' }));
    const receive = async (sqs: SQSClient, url: string | undefined) => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
      return Messages.map(({ Body }) => Body);
    };
    expect(await receive(before.sqs, QueueUrl)).toEqual(['letter']);
    inDatabase(dataDir, REFUSE_MESSAGES);
    await receive(before.sqs, QueueUrl);
    await before.part.stop();
    inDatabase(dataDir, 'DROP TRIGGER refuse');
    const { sqs } = await startedPart({ dataDir });
    const work = await receive(sqs, QueueUrl);
    expect([...work, ...(await receive(sqs, deadLetters.QueueUrl))]).toEqual(['letter']);
  });
});

describe('a queue that the version before named after the stack', () => {
  it.each([
    ['imports', 'order-imports'],
    ['notifications', 'order-notifications'],
    ['order-mails', 'order-mails'],
  ])('%s keeps its messages and its subscription under its new name', async (earlier, purpose) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'renamed-queues-'));
    stack.defer(() => rmSync(dataDir, { recursive: true }));
    const arn = (name: string) => `arn:aws:sqs:${LOCAL_REGION}:000000000000:${name}`;
    const before = await startedPart({ dataDir });
    const { QueueUrl } = await before.sqs.send(
      new CreateQueueCommand({
        QueueName: `order-stream-${earlier}`,
        Attributes: { VisibilityTimeout: '1800' },
      }),
    );
    for (const MessageBody of ['in flight', 'waiting'])
      await before.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await before.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const { TopicArn } = await before.sns.send(new CreateTopicCommand({ Name: 'orders' }));
    const Endpoint = arn(`order-stream-${earlier}`);
    await before.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    await before.part.stop();
    const { sqs, sns } = await startedPart({ dataDir });
    const name = `${purpose}-00000000-0000-4000-8000-000000000001`;
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls).toMatchObject([expect.stringContaining(`/${name}`)]);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: QueueUrls[0], AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: arn(name),
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toMatchObject([{ Endpoint: arn(name) }]);
  });
});
