import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { transport } from './transport.ts';

/** The one place of a function's process where AWS clients are made; endpoints come from the SDK's own environment variables. */
export const dynamoDb = (): DynamoDBClient => new DynamoDBClient(transport);
export const sns = (): SNSClient => new SNSClient(transport);
export const sqs = (): SQSClient => new SQSClient(transport);
export const s3 = (): S3Client => new S3Client(transport);

/** Apart from the other clients, so that only the bundle of the function that reads metrics holds it. */
export const cloudWatch = (): CloudWatchClient => new CloudWatchClient(transport);

/** Apart from the other clients, so that only the bundle of the function that pauses consumers holds it. */
export const lambda = (): LambdaClient => new LambdaClient(transport);

/** Apart from the other clients, so that the bundles of those that read no stream do not hold it. */
export const dynamoDbStreams = (): DynamoDBStreamsClient => new DynamoDBStreamsClient(transport);

/**
 * Apart from the other clients, so that only the bundle that sends mail holds it. It waits longer than they do and never
 * retries: a request whose response is lost may have sent its mail.
 */
export const ses = (): SESv2Client =>
  new SESv2Client({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      socketTimeout: 10_000,
    },
  });
