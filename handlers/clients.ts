import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

/** With its retries a hung connection must cost less than an API function has, and less than a consumer keeps back to report. */
export const transport = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request's time-out ends when the headers are there; a body that stops half way would hold its caller for minutes.
    socketTimeout: 3_000,
  },
};

/** The one place of a function's process where AWS clients are made; endpoints come from the SDK's own environment variables. */
export const dynamoDb = (): DynamoDBClient => new DynamoDBClient(transport);
export const sns = (): SNSClient => new SNSClient(transport);
export const sqs = (): SQSClient => new SQSClient(transport);
export const s3 = (): S3Client => new S3Client(transport);
