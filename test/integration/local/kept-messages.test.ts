import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { type MessagingOptions, startMessaging } from '../../../infra/local/parts/messaging.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/region.ts';

const stack = new AsyncDisposableStack();
afterEach(() => stack.disposeAsync());

async function started(options: MessagingOptions): Promise<SQSClient> {
  const part = await startMessaging(options);
  stack.defer(() => part.stop());
  return new SQSClient({ endpoint: part.endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
}

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
