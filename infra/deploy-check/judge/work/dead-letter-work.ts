import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { recordPrefix } from '../../../../contracts/dead-letters/consumer-dead-letter.ts';
import { OrderId } from '../../../../contracts/ids.ts';
import type { OrderStatus } from '../../../../contracts/order-status.ts';
import { parse } from '../../../../contracts/reading.ts';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import { recordIdentity, toLambdaRecord } from '../../../../pipelines/stream/lambda-record.ts';
import { malformedItems } from '../../../demo/malformed-items.ts';
import { orderAttributes } from '../../../local/chaos/broken-items.ts';
import type { LocalSystem } from '../../../local/system/local-system.ts';

const CONSUMERS = [
  ['OrderEvents', 'order-events'],
  ['SearchIndex', 'search-index'],
] as const;
/** A record with so many control characters, which JSON writes with six each, fits into no message. */
const LARGE_CHARACTERS = 200_000;
/** A reason that may pass without a fix. */
const TRANSIENT = { code: 'throttled', message: 'It was throttled', issues: [] };
/** As many as the parameter AutomaticReplayAttemptsMax of this system. */
export const ATTEMPTS_MAX = 3;

/** Items that break their contract: dead letters of both consumers, one of them too large for a message, and an order that its writer fixes. */
export async function putMalformedItems({ clients, names }: LocalSystem): Promise<void> {
  const large = { ...orderOf(1), total: 'none', note: '\u0001'.repeat(LARGE_CHARACTERS) };
  // Its event knows no previous status, so that the mails look for one that has reported it.
  const fixed = orderOf(0, 'cancelled');
  const items = [large, { ...fixed, total: 'none' }, fixed].map((item) => marshall(item));
  for (const item of [...malformedItems().map((one) => one.item), ...items])
    await clients.dynamoDb.send(new PutItemCommand({ TableName: names['Table'], Item: item }));
}

const orderOf = (place: number, status?: OrderStatus): Record<string, unknown> =>
  orderAttributes(parse(OrderId, `01KJMSY7G2${String(place).padStart(16, '0')}`), new Date(), status);

/** The places of this round's orders: four for each consumer, after the malformed one. */
const PLACES = 4;

/**
 * What the automatic replay and operators find beside the consumers' own dead letters: a batch that Lambda gave up, as an object and as
 * pointers; a notification of an object that has expired; and records that failed once, too often, or are too large for a message. Each round
 * has orders of its own.
 */
export async function giveUp({ clients, names, streamArns }: LocalSystem, round: number): Promise<void> {
  const [streamArn = ''] = streamArns.values();
  const batch = onFailureOf(await pointersIn(clients, streamArn, round), streamArn);
  for (const [index, [name, consumer]] of CONSUMERS.entries()) {
    const bucket = names[`${name}DeadLetterBucket`] ?? '';
    const put = async (key: string, value: unknown): Promise<void> => {
      await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(value) }));
    };
    const sendTo = async (queue: string, value: unknown): Promise<void> => {
      const MessageBody = JSON.stringify(value);
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: names[queue], MessageBody }));
    };
    const store = async (item: Record<string, unknown>): Promise<ReturnType<typeof recordOf>> => {
      await clients.dynamoDb.send(new PutItemCommand({ TableName: names['Table'], Item: marshall(item) }));
      return recordOf(item, `round-${round}-${consumer}-${String(item['orderId'])}`);
    };
    const place = (round * CONSUMERS.length + index) * PLACES + 2;
    const good = await store(orderOf(place));
    const large = { total: 'none', note: '\u0001'.repeat(LARGE_CHARACTERS) };
    const bad = await store({ ...orderOf(place + 1), ...large });
    const other = await store(orderOf(place + 2));
    const queue = `${name}DeadLetters`;
    await put(`aws/lambda/judge/shard/2026/01/01/${round}`, { ...batch, payload: { Records: [good, bad] } });
    await sendTo(queue, batch);
    const missing = objectCreated(bucket, `aws/lambda/judge/expired-${round}`);
    for (const one of [queue, 'BatchIntakeQueue']) await sendTo(one, missing);
    const stored = async (record: typeof other, attempts: number): Promise<unknown> => {
      const key = `${recordPrefix(consumer)}${record.eventID}`;
      await put(key, record);
      return deadLetterOf(consumer, record, attempts, { recordAt: { bucket, key } });
    };
    await sendTo(queue, await stored(other, 1));
    const late = await store(orderOf(place + 3));
    await sendTo(queue, deadLetterOf(consumer, late, ATTEMPTS_MAX, { record: late }));
    await sendTo(queue, await stored(bad, ATTEMPTS_MAX));
  }
}

type Pointers = { readonly shardId: string; readonly sequenceNumber: string };

/** A record that the stream has, another one for each round: pointers to the same are the same dead letter. */
async function pointersIn(
  { streams }: LocalSystem['clients'],
  StreamArn: string,
  round: number,
): Promise<Pointers> {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const command = new GetRecordsCommand({ ShardIterator, Limit: round + 1 });
    const sequenceNumber = (await streams.send(command)).Records?.[round]?.dynamodb?.SequenceNumber;
    if (ShardId !== undefined && sequenceNumber !== undefined) return { shardId: ShardId, sequenceNumber };
  }
  return { shardId: '', sequenceNumber: '' };
}

/** See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html. */
function onFailureOf({ shardId, sequenceNumber }: Pointers, streamArn: string) {
  const at = new Date().toISOString();
  return {
    requestContext: {
      requestId: 'judge',
      functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:judge',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    version: '1.0',
    timestamp: at,
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: sequenceNumber,
      endSequenceNumber: sequenceNumber,
      approximateArrivalOfFirstRecord: at,
      approximateArrivalOfLastRecord: at,
      batchSize: 1,
      streamArn,
    },
  };
}

const recordOf = (item: Record<string, unknown>, eventID: string) => {
  const NewImage = marshall(item);
  const { pk, sk } = NewImage;
  const SequenceNumber = String(Date.now());
  return toLambdaRecord(
    {
      eventID,
      eventName: 'INSERT',
      dynamodb: {
        ApproximateCreationDateTime: new Date(),
        ...(pk && sk && { Keys: { pk, sk } }),
        NewImage,
        SequenceNumber,
      },
    },
    '',
  );
};

const deadLetterOf = (consumer: ConsumerName, record: unknown, attempts: number, content: object) => {
  const at = new Date().toISOString();
  return {
    schema: 'order-stream/dead-letter/1',
    ...{ consumer, reason: TRANSIENT, attempts, firstSeenAt: at, deadLetteredAt: at },
    ...recordIdentity(record),
    ...content,
  };
};

const objectCreated = (bucket: string, key: string) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      eventTime: new Date().toISOString(),
      s3: { bucket: { name: bucket }, object: { key, size: 1 } },
    },
  ],
});
