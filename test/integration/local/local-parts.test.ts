import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { LocalPartError } from '../../../infra/local/machine/local-part.ts';
import { isProcessRunning } from '../../../infra/local/machine/process-running.mjs';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { startDynamoDb } from '../../../infra/local/parts/dynamodb.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';
import { localDynamoDb, localOpenSearch, localS3, localSns, localSqs } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';

const endpoints = () =>
  (['dynamoDbEndpoint', 'messagingEndpoint', 'openSearchEndpoint'] as const).map((name) => inject(name));
const otherAddresses = () =>
  Object.values(networkInterfaces())
    .flat()
    .flatMap((one) => (one !== undefined && one.family === 'IPv4' && !one.internal ? [one.address] : []));

describe('the local parts', () => {
  it('keep an item in DynamoDB Local', async () => {
    const client = localDynamoDb();
    const TableName = await createTestTable(client);
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { S: 's' } } }));
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: { pk: { S: 'p' }, sk: { S: 's' } } }),
    );
    expect(Item).toEqual({ pk: { S: 'p' }, sk: { S: 's' } });
  });

  it('deliver a published message to a subscribed queue', async () => {
    const { QueueUrl } = await localSqs().send(new CreateQueueCommand({ QueueName: 'subscriber' }));
    const { TopicArn } = await localSns().send(new CreateTopicCommand({ Name: 'topic' }));
    await localSns().send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:${LOCAL_REGION}:000000000000:subscriber`,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    await localSns().send(new PublishCommand({ TopicArn, Message: 'hello' }));
    const { Messages } = await localSqs().send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(Messages?.[0]?.Body).toBe('hello');
  });

  it('give an object back from the bucket', async () => {
    await localS3().send(new CreateBucketCommand({ Bucket: 'letters' }));
    await localS3().send(new PutObjectCommand({ Bucket: 'letters', Key: 'a/b', Body: 'text' }));
    const { Body } = await localS3().send(new GetObjectCommand({ Bucket: 'letters', Key: 'a/b' }));
    expect(await Body?.transformToString()).toBe('text');
  });

  it('respond as OpenSearch 2.19 and create no index by a stray write', async () => {
    const client = localOpenSearch();
    const { body } = await client.info();
    expect(body.version.number).toMatch(/^2\.19\./);
    await expect(client.index({ index: 'stray', body: { a: 1 } })).rejects.toMatchObject({ statusCode: 404 });
  });

  it('listen on no address but 127.0.0.1', async () => {
    const attempts = otherAddresses().flatMap((address) =>
      endpoints().map((endpoint) =>
        fetch(`http://${address}:${new URL(endpoint).port}/`, { signal: AbortSignal.timeout(2_000) }).then(
          () => `${address} responded for ${endpoint}`,
          () => 'refused',
        ),
      ),
    );
    expect(new Set(['refused', ...(await Promise.all(attempts))])).toEqual(new Set(['refused']));
  });

  it('say in one error that a port is taken', async () => {
    const port = Number(new URL(inject('messagingEndpoint')).port);
    const error = await startMessaging({ port }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(LocalPartError);
    expect(error).toMatchObject({ code: 'port-taken', message: expect.stringContaining(String(port)) });
  });

  it('say in one line that what is in the data folder is no database', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'no-database-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    await writeFile(join(dataDir, 'shared-local-instance.db'), 'no database'.repeat(1_000));
    await expect(startDynamoDb({ dataDir })).rejects.toMatchObject({
      code: 'part-did-not-start',
      message: expect.stringMatching(/^DynamoDB Local did not start: .*not a database.*$/),
    });
  });

  it('keep messages in a data folder over a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'messaging-'));
    const client = (endpoint: string) =>
      new SQSClient({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
    const first = await startMessaging({ dataDir });
    const { QueueUrl } = await client(first.endpoint).send(new CreateQueueCommand({ QueueName: 'kept' }));
    await client(first.endpoint).send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    await first.stop();
    const second = await startMessaging({ dataDir });
    const { Messages } = await client(second.endpoint).send(new ReceiveMessageCommand({ QueueUrl }));
    await second.stop();
    await rm(dataDir, { recursive: true });
    expect(Messages?.[0]?.Body).toBe('hello');
  });

  it.each([
    ['run', ''],
    ['are frozen', 'part.pause();'],
  ])(
    'end with the process that started them, even when that is killed while they %s',
    async (_what, then) => {
      const moduleAt = (path: string) =>
        JSON.stringify(new URL(`../../../infra/local/${path}`, import.meta.url).href);
      const program = `
      const { startMessaging } = await import(${moduleAt('parts/messaging.ts')});
      const { RestartablePart } = await import(${moduleAt('parts/restartable-part.ts')});
      const options = { port: 0 };
      const part = new RestartablePart({ start: startMessaging, options, onCrash: () => undefined });
      await part.start();
      ${then}
      console.log(part.pid);`;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [pid] = await once(createInterface({ input: parent.stdout }), 'line');
      expect(isProcessRunning(Number(pid))).toBe(true);
      parent.kill('SIGKILL');
      await expect.poll(() => isProcessRunning(Number(pid))).toBe(false);
    },
  );
});
