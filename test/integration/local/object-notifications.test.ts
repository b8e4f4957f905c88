import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { holdPort } from '../../../infra/local/machine/free-port.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';
import { RestartablePart } from '../../../infra/local/parts/restartable-part.ts';

const Notification = z.object({
  Records: z.tuple([
    z.object({
      eventName: z.string(),
      eventTime: z.iso.datetime(),
      s3: z.object({
        bucket: z.object({ name: z.string() }),
        object: z.object({ key: z.string(), size: z.int(), eTag: z.string(), sequencer: z.string() }),
      }),
    }),
  ]),
});
const toQueue = (queue: string, prefix: string, suffix: string) => ({
  bucket: 'imports',
  queueArn: `arn:aws:sqs:${LOCAL_REGION}:000000000000:${queue}`,
  prefix,
  suffix,
});
const notifications = [toQueue('csv', 'in/', '.csv'), toQueue('letters', 'aws/lambda/', '')];

let dataDir: string;
let part: RestartablePart;
let s3: S3Client;
let sqs: SQSClient;
const urls = new Map<string, string>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'object-notifications-'));
  const { port, release } = await holdPort(0, 'SNS, SQS and S3');
  await release();
  part = new RestartablePart({
    start: (options) => startMessaging({ ...options, notifications }),
    options: { port, dataDir },
    onCrash: () => undefined,
  });
  const { endpoint } = await part.start();
  const local = { endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  s3 = new S3Client(local);
  sqs = new SQSClient(local);
  await s3.send(new CreateBucketCommand({ Bucket: 'imports' }));
  for (const queue of ['csv', 'letters']) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: queue }));
    urls.set(queue, QueueUrl);
  }
});
afterAll(async () => {
  await part?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const put = (Key: string, Body = 'hello') => s3.send(new PutObjectCommand({ Bucket: 'imports', Key, Body }));

/** What the queue holds, which is taken off it. */
async function receivedOn(queue: string) {
  const QueueUrl = urls.get(queue);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = '' }) => Notification.parse(JSON.parse(Body)).Records[0]);
}

describe('a queue that a bucket notifies of new objects', () => {
  it('has the notification of an object when the writer has its response', async () => {
    await put('in/my orders.csv');
    expect(await receivedOn('csv')).toMatchObject([
      {
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: 'imports' },
          object: { key: 'in/my+orders.csv', size: 5, eTag: '5d41402abc4b2a76b9719d911017c592' },
        },
      },
    ]);
  });

  it('has only those that its rules let through', async () => {
    for (const key of ['in/a.txt', 'out/a.csv', 'aws/lambda/x']) await put(key);
    expect(await receivedOn('csv')).toEqual([]);
    expect(await receivedOn('letters')).toHaveLength(1);
  });

  it('has each write of a key, in the order of their sequencers', async () => {
    for (const body of ['1', '22', '333']) await put('in/a.csv', body);
    const objects = (await receivedOn('csv')).map(({ s3: { object } }) => object);
    const inOrder = objects.toSorted((a, b) => (a.sequencer < b.sequencer ? -1 : 1));
    expect(inOrder.map(({ size }) => size)).toEqual([1, 2, 3]);
  });

  it('has copies and uploads in parts', async () => {
    await put('in/source');
    await s3.send(
      new CopyObjectCommand({ Bucket: 'imports', Key: 'in/copy.csv', CopySource: 'imports/in/source' }),
    );
    const upload = { Bucket: 'imports', Key: 'in/parts.csv' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
    const { ETag } = await s3.send(
      new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'hello' }),
    );
    await s3.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        UploadId,
        MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
      }),
    );
    const received = (await receivedOn('csv')).map(({ eventName, s3: { object } }) => [
      object.key,
      eventName,
    ]);
    expect(Object.fromEntries(received)).toEqual({
      'in/copy.csv': 'ObjectCreated:Put',
      'in/parts.csv': 'ObjectCreated:CompleteMultipartUpload',
    });
  });

  it('still has it after the part was killed, and not a second time', async () => {
    await put('in/kept.csv');
    await part.kill();
    await part.start();
    expect((await receivedOn('csv')).map(({ s3: { object } }) => object.key)).toEqual(['in/kept.csv']);
    await put('in/later.csv');
    expect((await receivedOn('csv')).map(({ s3: { object } }) => object.key)).toEqual(['in/later.csv']);
  });
});
