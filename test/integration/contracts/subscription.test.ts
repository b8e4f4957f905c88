import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import { buildEvent } from '../../../contracts/testing/event-builder.ts';
import { FORMATS } from '../../../infra/contract-tooling/subscription/formats.ts';
import {
  SubscriptionRequest,
  subscriptionOf,
} from '../../../infra/contract-tooling/subscription/subscription.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';
import { topicEntryOf } from '../../../pipelines/order-events/notification/order-topic.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const has = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args).status === 0;
const HAS_AWS_CLI = has('aws', '--version');
const HAS_TERRAFORM = has('terraform', 'version');

const subscription = (queue: string) =>
  subscriptionOf(
    SubscriptionRequest.parse({
      queue,
      topicArn: `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:orders`,
      types: ['order.placed', 'order.status-changed'],
      statuses: ['placed', 'shipped'],
    }),
  );

let endpoint: string;
/** A folder with an `aws` that sends to this machine alone, since not every version of it reads AWS_ENDPOINT_URL, and with a `sleep` that does not. */
let bin: string;
let sns: SNSClient;
let sqs: SQSClient;
const started = new AsyncDisposableStack();
beforeAll(async () => {
  const messaging = await startMessaging();
  started.defer(() => messaging.stop());
  endpoint = messaging.endpoint;
  bin = mkdtempSync(join(tmpdir(), 'aws-'));
  started.defer(() => rmSync(bin, { recursive: true, force: true }));
  const real = spawnSync('sh', ['-c', 'command -v aws'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(join(bin, 'aws'), `#!/bin/sh\nexec '${real}' --endpoint-url '${endpoint}' "$@"\n`, {
    mode: 0o700,
  });
  writeFileSync(join(bin, 'sleep'), '#!/bin/sh\n', { mode: 0o700 });
  const options = { endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  sns = started.adopt(new SNSClient(options), (client) => client.destroy());
  sqs = started.adopt(new SQSClient(options), (client) => client.destroy());
  await sns.send(new CreateTopicCommand({ Name: 'orders' }));
}, TIMEOUT_MS);
afterAll(() => started.disposeAsync());

const publish = async (event: Parameters<typeof topicEntryOf>[0]) =>
  sns.send(new PublishCommand({ ...topicEntryOf(event), TopicArn: subscription('any').topicArn }));

async function attributesOf(name: string) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return { url: QueueUrl, ...Attributes };
}

describe.skipIf(!HAS_AWS_CLI)('the script of a subscription', () => {
  const runScript = async () =>
    run('sh', ['-c', FORMATS.cli(subscription('shipping'))], {
      timeout: TIMEOUT_MS,
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
        AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      },
    });

  it(
    'makes a queue that receives what it asks for, raw',
    async () => {
      const { stdout } = await runScript();
      expect(stdout).toContain(':orders:');
      const wanted = buildEvent('order.placed');
      for (const event of [buildEvent('order.removed'), wanted]) await publish(event);
      const { url: QueueUrl } = await attributesOf('shipping');
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
      );
      expect(Messages.map(({ Body }) => parseNotification(Body))).toEqual([wanted]);
      expect(Messages[0]?.Body).toBe(topicEntryOf(wanted).Message);
    },
    TIMEOUT_MS,
  );

  it(
    'may run again',
    async () => {
      const { stdout } = await runScript();
      expect(stdout.trim().split('\n')).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it.each(['shipping', 'shipping-undeliverable'])('lets the topic alone send to %s', async (name) => {
    const { QueueArn, Policy = '{}' } = await attributesOf(name);
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Resource: QueueArn,
          Condition: { ArnEquals: { 'aws:SourceArn': subscription('any').topicArn } },
        },
      ],
    });
  });

  it('keeps what the service cannot handle', async () => {
    const { RedrivePolicy = '{}' } = await attributesOf('shipping');
    const { QueueArn } = await attributesOf('shipping-dead-letters');
    expect(z.object({ deadLetterTargetArn: z.string() }).parse(JSON.parse(RedrivePolicy))).toEqual({
      deadLetterTargetArn: QueueArn,
    });
  });
});

describe('the template of a subscription', () => {
  it('makes the same as the script, as the local system reads it', () => {
    const text = FORMATS.cloudformation(subscription('billing'));
    const plan = localPlan(parseTemplate(text), {}, 'http://127.0.0.1');
    expect(plan.queues.map(({ name }) => name)).toEqual([
      'billing',
      'billing-dead-letters',
      'billing-undeliverable',
    ]);
    expect(plan.subscriptions).toMatchObject([{ protocol: 'sqs' }]);
  });
});

describe('the Terraform of a subscription', () => {
  it.skipIf(!HAS_TERRAFORM)('is formatted, and read without a fault', async () => {
    const program = run('terraform', ['fmt', '-check', '-diff', '-'], { timeout: TIMEOUT_MS });
    program.child.stdin?.end(FORMATS.terraform(subscription('billing')));
    expect((await program).stdout).toBe('');
  });

  it('leaves the filter out where every event is wanted', () => {
    const all = subscriptionOf({
      queue: 'all',
      topicArn: subscription('any').topicArn,
      types: [],
      statuses: [],
    });
    for (const format of Object.values(FORMATS)) expect(format(all)).not.toMatch(/filter_?policy/i);
  });
});

it.each(['with space', 'a;b', '$(reboot)', '', 'x'.repeat(61)])('no queue is named %j', (queue) => {
  const request = { queue, topicArn: subscription('any').topicArn, types: [], statuses: [] };
  expect(SubscriptionRequest.safeParse(request).success).toBe(false);
});
