import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import type { ServiceEndpoints } from '../lambda/function-environment.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../machine/region.ts';
import { openSearchLogin } from '../parts/opensearch-login.ts';

/** SDK clients for the parts, used by the local system and by tests. */
export interface LocalClients {
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly openSearch: OpenSearchClient;
}

/** Creates the clients; sends nothing. @param transport How the AWS clients send, if not as they do by default. */
export function localClients(
  { dynamoDb, messaging, openSearch }: Omit<ServiceEndpoints, 'mail' | 'awsApis' | 'api'>,
  transport: object = {},
): LocalClients {
  const login = openSearchLogin();
  const at = (endpoint: string) => ({
    ...transport,
    endpoint,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  return {
    dynamoDb: new DynamoDBClient(at(dynamoDb)),
    streams: new DynamoDBStreamsClient(at(dynamoDb)),
    sns: new SNSClient(at(messaging)),
    sqs: new SQSClient(at(messaging)),
    s3: new S3Client(at(messaging)),
    openSearch: new OpenSearchClient({ node: openSearch, ...(login && { auth: login }) }),
  };
}

/** Closes the clients' connections. */
export async function destroyClients({ openSearch, ...aws }: LocalClients): Promise<void> {
  for (const client of Object.values(aws)) client.destroy();
  await openSearch.close();
}
