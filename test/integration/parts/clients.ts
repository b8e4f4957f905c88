import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Client } from '@opensearch-project/opensearch';
import { inject } from 'vitest';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { openSearchLogin } from '../../../infra/local/parts/opensearch-login.ts';

const local = (endpoint: string) => ({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });

export const localDynamoDb = (): DynamoDBClient => new DynamoDBClient(local(inject('dynamoDbEndpoint')));
export const localDynamoDbStreams = (): DynamoDBStreamsClient =>
  new DynamoDBStreamsClient(local(inject('dynamoDbEndpoint')));
export const localSns = (): SNSClient => new SNSClient(local(inject('messagingEndpoint')));
export const localSqs = (): SQSClient => new SQSClient(local(inject('messagingEndpoint')));
/** For passes over queues: one server knows at once that a queue is empty, so none of the receives waits for a message. */
export function promptSqs(): SQSClient {
  const client = localSqs();
  client.middlewareStack.add(
    (next) => (args) =>
      next(
        'WaitTimeSeconds' in args.input ? { ...args, input: { ...args.input, WaitTimeSeconds: 0 } } : args,
      ),
    { step: 'initialize' },
  );
  return client;
}
export const localS3 = (): S3Client => new S3Client(local(inject('messagingEndpoint')));
export function localOpenSearch(): Client {
  const login = openSearchLogin();
  return new Client({ node: inject('openSearchEndpoint'), ...(login && { auth: login }) });
}
