import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';
import { type LocalPlan, localPlan } from '../../../infra/local/plan/local-plan.ts';
import { createMessaging } from '../../../infra/local/system/create-messaging.ts';
import { systemTopicEndpoints } from '../../../infra/local/system/system-topic-endpoints.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import {
  deliverToWebhook,
  WebhookRefusedError,
} from '../../../infra/local/topic-endpoints/deliver-to-webhook.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const THEIR_QUEUE = 'theirs';
const log: string[] = [];
/** A message to which the webhook responds with that status. */
const refused = (status: number) => `respond ${status}`;
const REFUSED = refused(503);
/** A message to which the webhook never responds. */
const HANGS = 'no response';
const { signal } = new AbortController();
const requests: { readonly headers: Record<string, unknown>; readonly body: string }[] = [];
let plan: LocalPlan;
let mails: string;
let webhookUrl: string;
let sns: SNSClient;
let sqs: SQSClient;
let delivering: ReturnType<typeof systemTopicEndpoints>;
const started = new AsyncDisposableStack();

const webhook = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  requests.push({ headers: request.headers, body });
  const [, status = '200'] = /respond (\d{3})/.exec(body) ?? [];
  if (!body.includes(HANGS)) response.writeHead(Number(status)).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  started.defer(() => new Promise((resolve) => webhook.close(() => resolve())));
  const address = webhook.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  webhookUrl = `http://127.0.0.1:${port}/hook`;
  mails = await mkdtemp(join(tmpdir(), 'topic-endpoints-'));
  started.defer(() => rm(mails, { recursive: true, force: true }));
  const messaging = await startMessaging();
  started.defer(() => messaging.stop());
  const options = {
    endpoint: messaging.endpoint,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  };
  sns = started.adopt(new SNSClient(options), (client) => client.destroy());
  sqs = started.adopt(new SQSClient(options), (client) => client.destroy());
  const s3 = started.adopt(new S3Client(options), (client) => client.destroy());
  const parameters = {
    ...PLAN_PARAMETERS,
    WebhookUrl: webhookUrl,
    NotificationEmail: 'desk@shop.example',
    SubscriberQueueArn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:${THEIR_QUEUE}`,
    SubscriptionStatuses: 'shipped,delivered',
    OrderMails: 'Enabled',
  };
  plan = localPlan(readTemplate(), parameters, messaging.endpoint);
  await createMessaging({ sns, sqs, s3 }, plan);
  delivering = systemTopicEndpoints({
    plan,
    clients: { sqs },
    mails: await MailFolder.open(mails),
    log: (source, line) => log.push(`${source} ${line}`),
  });
  for (const one of delivering.values()) {
    one.start();
    started.defer(() => one.stop());
  }
});
afterAll(() => started.disposeAsync());

let published = 0;
const publish = (Message: string, status: string, type = 'order.status-changed') =>
  sns.send(
    new PublishCommand({
      TopicArn: plan.topics.find(({ logicalId }) => logicalId === 'OrderTopic')?.arn,
      Message,
      MessageAttributes: {
        status: { DataType: 'String', StringValue: status },
        type: { DataType: 'String', StringValue: type },
      },
    }),
  );
async function received(queueUrl: string | undefined): Promise<readonly (string | undefined)[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 0,
  });
  const { Messages = [] } = await sqs.send(command);
  return Messages.map(({ Body }) => Body);
}
/** What is on UndeliverableNotifications with that message. */
const undeliverable = async (message: string) => {
  const { url } = plan.queues.find(({ logicalId }) => logicalId === 'UndeliverableNotifications') ?? {};
  return (await received(url)).filter((body = '') => JSON.parse(body).Message === message);
};
/** The delivery to the webhook. */
const webhookDelivery = () => {
  const { logicalId = '' } = plan.topicEndpoints.find(({ protocol }) => protocol === 'http') ?? {};
  return delivering.get(logicalId);
};
const mailsKept = async () => {
  // One that is being written has another name until it is complete.
  const complete = (await readdir(mails)).filter((name) => name.endsWith('.eml'));
  return Promise.all(complete.map((name) => readFile(join(mails, name), 'utf8')));
};

/** What was posted with that message: what another test published may be posted late. */
const posted = (message: string) => requests.filter(({ body }) => JSON.parse(body).Message === message);

describe('a notification of a wanted status', () => {
  let unwanted: string;
  let wanted: string;
  beforeEach(async () => {
    published += 1;
    unwanted = `{"unwanted":${published}}`;
    wanted = `{"wanted":${published}}`;
    await publish(unwanted, 'placed');
    await publish(wanted, 'shipped');
  });

  it("is posted to the webhook in SNS's envelope, and none of another status", async () => {
    await expect.poll(() => posted(wanted)).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '{}' }] = posted(wanted);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-amz-sns-message-type': 'Notification',
    });
    expect(JSON.parse(body)).toMatchObject({ Type: 'Notification', Message: wanted });
    expect(posted(unwanted)).toEqual([]);
  });

  it('is a mail to the address', async () => {
    const ours = async () => (await mailsKept()).filter((mail) => mail.includes(wanted));
    await expect.poll(ours).toEqual([expect.stringMatching(/^To: desk@shop\.example\r$/m)]);
    expect((await mailsKept()).join()).not.toContain(unwanted);
  });

  it('is as it is on the queue of another service', async () => {
    const queueUrl = plan.queues[0]?.url.replace(/[^/]+$/, THEIR_QUEUE);
    await expect.poll(() => received(queueUrl)).toContain(wanted);
    expect(await received(queueUrl)).not.toContain(unwanted);
  });
});

describe('the queue of the order mails', () => {
  it('gets changes of status alone: no new order, imported or not, and no deleted one', async () => {
    await publish('imported', 'delivered', 'order.placed');
    await publish('removed', 'cancelled', 'order.removed');
    await publish('expired', 'delivered', 'order.expired');
    await publish('placed', 'placed', 'order.placed');
    await publish('rejected', 'rejected', 'order.rejected');
    await publish('confirmed', 'confirmed');
    const { url } = plan.queues.find(({ logicalId }) => logicalId === 'OrderMailsQueue') ?? {};
    const wanted = ['confirmed', 'rejected'];
    await expect.poll(() => received(url)).toEqual(expect.arrayContaining(wanted));
    const words = ['imported', 'removed', 'expired', 'placed', ...wanted];
    expect((await received(url)).filter((body) => words.includes(body ?? '')).toSorted()).toEqual(wanted);
  });
});

describe('a webhook that refuses', () => {
  it('is tried three times, and the complete notification is then on UndeliverableNotifications', async () => {
    await publish(REFUSED, 'shipped');
    await expect.poll(() => undeliverable(REFUSED)).toHaveLength(1);
    const [body = ''] = await undeliverable(REFUSED);
    expect(JSON.parse(body)).toMatchObject({ Type: 'Notification', Message: REFUSED });
    expect(posted(REFUSED)).toHaveLength(3);
    expect(log.filter((line) => line.includes('The webhook responded with 503'))).toHaveLength(3);
  });

  it('with a 4xx is not tried again, and the complete notification is on UndeliverableNotifications', async () => {
    await publish(refused(401), 'shipped');
    await expect.poll(() => undeliverable(refused(401))).toHaveLength(1);
    const [body = ''] = await undeliverable(refused(401));
    expect(JSON.parse(body)).toMatchObject({ Type: 'Notification', Message: refused(401) });
    // The queue of the webhook is empty, so that nothing can follow.
    await expect.poll(() => webhookDelivery()?.waiting()).toBe(0);
    expect(posted(refused(401))).toHaveLength(1);
  });

  it.each([
    [400, true],
    [404, true],
    [429, false],
    [302, true],
    [500, false],
  ])('with %i is final: %s', async (status, isFinal) => {
    const body = JSON.stringify({ MessageId: 'one', TopicArn: 'orders', Message: refused(status) });
    const refusal = await deliverToWebhook(webhookUrl, { body }, signal).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(WebhookRefusedError);
    expect(refusal).toMatchObject({ isFinal });
  });
});

describe('a webhook that is slow', () => {
  it('has 15 s to respond', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => timeout.mockRestore());
    const body = JSON.stringify({ MessageId: 'one', TopicArn: 'orders', Message: 'slow' });
    await deliverToWebhook(webhookUrl, { body }, signal);
    expect(timeout).toHaveBeenCalledWith(15_000);
  });

  it('gets no second request while it has time to respond', () => {
    const queues = plan.topicEndpoints.map(({ queue }) => Number(queue.attributes['VisibilityTimeout']));
    expect(Math.min(...queues)).toBeGreaterThan(15);
  });

  it('does not hold up a system that stops', async () => {
    await publish(HANGS, 'shipped');
    await expect.poll(() => posted(HANGS)).toHaveLength(1);
    await webhookDelivery()?.stop();
    expect(log.filter((line) => line.includes('Stopped during an invocation'))).toEqual([]);
  });
});
