import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchResponse } from 'aws-lambda';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { ImportReport } from '../../../contracts/imports/import-report.ts';
import type { ObjectCreatedNotification } from '../../../contracts/imports/object-notification.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { type ConsumeImportsDeps, consumeImports } from '../../../pipelines/imports/consume-imports.ts';
import { reportKey } from '../../../pipelines/imports/import-store.ts';
import { importOrder } from '../../../pipelines/orders/import-order.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { STATUS_PARTITIONS } from '../../builders/values/items.ts';
import { localDynamoDb, localS3, localSqs } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';

const INVOCATION_MS = 60_000;
const RESERVE_MS = 1_000;
/** More than any test of these needs. */
const INVOCATIONS_MAX = 100;

/** A bucket, a queue and a table of their own, and the import between them. */
export type ImportBucket = Awaited<ReturnType<typeof startImports>>;

export async function startImports() {
  const [dynamoDb, s3, sqs] = [localDynamoDb(), localS3(), localSqs()];
  const name = `imports-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const tableName = await createTestTable(dynamoDb);
  const table = { dynamoDb, tableName, clock, statusPartitions: STATUS_PARTITIONS };
  const log = keptLog();
  const deps: ConsumeImportsDeps = {
    s3,
    sqs,
    queueUrl,
    clock,
    logger: log,
    reserveMs: RESERVE_MS,
    writeOrder: (order) => importOrder(table, order),
  };
  let puts = 0;

  /** Puts an object; gives S3's message of it. */
  const put = async (key: string, body: string | Uint8Array, ContentEncoding?: string): Promise<string> => {
    puts += 1;
    const { ETag = '' } = await s3.send(
      new PutObjectCommand({ Bucket: name, Key: key, Body: body, ContentEncoding }),
    );
    const record = {
      eventSource: 'aws:s3' as const,
      eventName: 'ObjectCreated:Put',
      eventTime: new Date().toISOString(),
      s3: {
        bucket: { name },
        object: {
          key: encodeURIComponent(key),
          eTag: ETag.replaceAll('"', ''),
          sequencer: puts.toString(16).padStart(18, '0'),
        },
      },
    };
    return JSON.stringify({ Records: [record] } satisfies ObjectCreatedNotification);
  };

  /** One invocation with that message; `ordersMax` is after how many its time expires. */
  const invoke = (body: string, options?: InvocationOptions): Promise<SQSBatchResponse> =>
    invokeWith([body], options);

  /** One invocation with these messages, which are `m-1` and so on. */
  const invokeWith = (
    bodies: readonly string[],
    { ordersMax = Number.POSITIVE_INFINITY, ...overrides }: InvocationOptions = {},
  ): Promise<SQSBatchResponse> => {
    let looks = 0;
    const getRemainingTimeInMillis = (): number => {
      // The first look is before anything is read.
      looks += 1;
      return looks > ordersMax + 1 ? 0 : INVOCATION_MS;
    };
    const records = bodies.map((body, index) => ({
      messageId: `m-${index + 1}`,
      receiptHandle: 'r-1',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 's',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:imports',
      awsRegion: 'eu-central-1',
    }));
    return consumeImports({ Records: records }, { getRemainingTimeInMillis }, { ...deps, ...overrides });
  };

  /** The message that an invocation has sent for the rest, if any. */
  const continuation = async (): Promise<string | undefined> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 0, VisibilityTimeout: 60 }),
    );
    return Messages[0]?.Body;
  };

  /** Invocations until nothing remains to be done. Returns how many. */
  const invokeToTheEnd = async (body: string, ordersMax?: number): Promise<number> => {
    let next: string | undefined = body;
    for (let invocations = 0; invocations < INVOCATIONS_MAX; invocations += 1) {
      if (next === undefined) return invocations;
      const { batchItemFailures } = await invoke(next, ordersMax === undefined ? {} : { ordersMax });
      if (batchItemFailures.length > 0) throw new Error(`An invocation failed: ${log.lines.join('\n')}`);
      next = await continuation();
    }
    throw new RangeError(`Not at the end after ${INVOCATIONS_MAX} invocations`);
  };

  const textOf = async (key: string): Promise<string> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key: key }));
    return (await Body?.transformToString()) ?? '';
  };
  const reportOf = async (key: string): Promise<ImportReport> =>
    ImportReport.parse(JSON.parse(await textOf(reportKey(key))));
  const keys = async (): Promise<readonly string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name }));
    return Contents.map(({ Key = '' }) => Key);
  };
  const orders = async (): Promise<readonly OrderItem[]> => {
    const { Items = [] } = await dynamoDb.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true }),
    );
    return Items.map((item) => OrderItem.parse(unmarshall(item)));
  };
  return {
    name,
    deps,
    log,
    s3,
    put,
    invoke,
    invokeWith,
    invokeToTheEnd,
    continuation,
    textOf,
    reportOf,
    keys,
    orders,
  };
}

interface InvocationOptions extends Partial<ConsumeImportsDeps> {
  readonly ordersMax?: number;
}
