import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

/**
 * How the AWS clients send. A hung connection, with its retries, must take less time than an API function has, and less than a
 * consumer reserves for its report. It is separate from the clients, since a bundle keeps a complete module that an import on demand reaches.
 */
const transport = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request's time-out ends when the headers arrive; without this one, a body that stops half way would block its caller for minutes.
    socketTimeout: 3_000,
  },
};

/** The one place of a function's process where AWS clients are made; endpoints come from the SDK's own environment variables. */
export const dynamoDb = (): DynamoDBClient => new DynamoDBClient(transport);
export const sns = (): SNSClient => new SNSClient(transport);
export const sqs = (): SQSClient => new SQSClient(transport);
export const s3 = (): S3Client => new S3Client(transport);

/** Apart from the other clients, so that only the bundle of the function that reads metrics holds it. */
export const cloudWatch = (): CloudWatchClient => new CloudWatchClient(transport);

/** Apart from the other clients, so that the bundles of those that read no stream do not hold it. */
export const dynamoDbStreams = (): DynamoDBStreamsClient => new DynamoDBStreamsClient(transport);

/** Apart from the other clients, so that a function loads it with its first page token and not at its start. */
export const secretsManager = (): SecretsManagerClient => new SecretsManagerClient(transport);

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
