import type { SQSEvent } from 'aws-lambda';
import type { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { Instant } from '../../../contracts/ids.ts';
import type { OwnPlaces } from '../../../pipelines/dead-letters/parse/own-places.ts';
import { recordIdentity } from '../../../pipelines/stream/lambda-record.ts';
import { STREAM_ARN, TABLE_ARN } from '../stream/stream-record.ts';

/** When every dead letter built here was first seen, unless a test sets it. */
export const FIRST_SEEN_AT = Instant.parse('2026-03-01T12:00:00.000Z');

/** Where the dead letters of a stack may point to whose consumers share a bucket: there, and into the stream of what is built here. */
export const ownPlaces = (deadLetterBucket: string, tableArn = TABLE_ARN): OwnPlaces => ({
  tableArn,
  places: { 'order-events': { deadLetterBucket }, 'search-index': { deadLetterBucket } },
});

/** The dead letter of a consumer that found a record to break its contract. */
export const deadLetterOf = (
  record: unknown,
  overrides: Partial<Omit<ConsumerDeadLetter, 'record' | 'recordAt'>> = {},
): ConsumerDeadLetter => ({
  schema: 'order-stream/dead-letter/1',
  consumer: 'order-events',
  reason: {
    code: 'contract-violation',
    message: "The item's NewImage breaks its contract",
    issues: [{ path: 'NewImage.total', message: 'expected number' }],
  },
  attempts: 1,
  firstSeenAt: FIRST_SEEN_AT,
  deadLetteredAt: FIRST_SEEN_AT,
  ...recordIdentity(record),
  record,
  ...overrides,
});

/** What Lambda sends about a batch that it gave up: pointers, or with `payload` what it writes to a bucket. */
export const onFailureOf = (
  overrides: Partial<LambdaOnFailure['DDBStreamBatchInfo']> = {},
  payload?: LambdaOnFailure['payload'],
): LambdaOnFailure => ({
  requestContext: {
    requestId: 'request-1',
    functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:order-events',
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 3,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
  version: '1.0',
  timestamp: FIRST_SEEN_AT,
  DDBStreamBatchInfo: {
    shardId: 'shardId-00000001',
    startSequenceNumber: '100000000000000000000001',
    endSequenceNumber: '100000000000000000000002',
    approximateArrivalOfFirstRecord: '2026-03-01T12:00:00Z',
    approximateArrivalOfLastRecord: '2026-03-01T12:00:00Z',
    batchSize: 2,
    streamArn: STREAM_ARN,
    ...overrides,
  },
  ...(payload === undefined ? {} : { payload }),
});

/** What S3 sends about an object that Lambda wrote. */
export const objectCreated = (
  bucket: string,
  key: string,
  eventName = 'ObjectCreated:Put',
): { readonly Records: readonly object[] } => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName,
      eventTime: FIRST_SEEN_AT,
      s3: { bucket: { name: bucket }, object: { key, size: 1 } },
    },
  ],
});

/** The event by which a mapping passes one message of a queue to its function. */
export const sqsEventOf = (body: string, sentAt: Date): SQSEvent => ({
  Records: [
    {
      messageId: 'message-1',
      receiptHandle: 'receipt-1',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(sentAt.getTime()),
        SenderId: 'sender',
        ApproximateFirstReceiveTimestamp: String(sentAt.getTime()),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:queue',
      awsRegion: 'eu-central-1',
    },
  ],
});

/** What S3 sends when a bucket's notification is made. */
export const testEvent = (bucket: string): object => ({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: FIRST_SEEN_AT,
  Bucket: bucket,
  RequestId: 'request-1',
  HostId: 'host-1',
});
