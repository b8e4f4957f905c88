import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { Client } from '@opensearch-project/opensearch';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../infra/local/machine/region.ts';
import { startDynamoDb } from '../../infra/local/parts/dynamodb.ts';
import { startMessaging } from '../../infra/local/parts/messaging.ts';
import { startOpenSearch } from '../../infra/local/parts/opensearch.ts';

const at = (endpoint: string) => ({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });

/** The servers that the consumers' effects go to, as clients, with what other clients of them need. */
export interface RealParts {
  readonly dynamoDb: DynamoDBClient;
  readonly sns: SNSClient;
  readonly openSearch: Client;
  /** A topic without subscribers. */
  readonly topicArn: string;
  readonly dynamoDbOptions: ReturnType<typeof at>;
  readonly snsOptions: ReturnType<typeof at>;
}

/** Runs a benchmark on servers of its own, which end with it. */
export async function onRealParts<Result>(run: (parts: RealParts) => Promise<Result>): Promise<Result> {
  const [dynamoDbPart, messaging, openSearchPart] = await Promise.all([
    startDynamoDb(),
    startMessaging(),
    startOpenSearch(),
  ]);
  try {
    const dynamoDbOptions = at(dynamoDbPart.endpoint);
    const snsOptions = at(messaging.endpoint);
    const sns = new SNSClient(snsOptions);
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'bench' }));
    return await run({
      dynamoDb: new DynamoDBClient(dynamoDbOptions),
      sns,
      openSearch: new Client({ node: openSearchPart.endpoint }),
      topicArn: TopicArn,
      dynamoDbOptions,
      snsOptions,
    });
  } finally {
    await Promise.all([dynamoDbPart.stop(), messaging.stop(), openSearchPart.stop()]);
  }
}
