import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const streams = new DynamoDBStreamsClient();
const sqs = new SQSClient();
const s3 = new S3Client();
const sns = new SNSClient();
const cloudWatch = new CloudWatchClient();
const lambda = new LambdaClient();
const openSearch = new Client({ node: process.env['OPENSEARCH_ENDPOINT'] ?? '' });
const QueueUrl = process.env['ORDER_EVENTS_DEAD_LETTER_QUEUE_URL'];

/** What operators ask for as one writes it by hand, each with the clients that it needs: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(await ROUTES[event.routeKey]?.(event.pathParameters ?? {})),
});

type Path = NonNullable<APIGatewayProxyEventV2['pathParameters']>;
const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
const readItem = (pk: string, sk: string) =>
  dynamoDb.send(new GetItemCommand({ TableName: process.env['TABLE_NAME'], Key: marshall({ pk, sk }) }));

const list = (partition: string) =>
  dynamoDb.send(
    new QueryCommand({
      TableName: process.env['OPERATIONS_TABLE_NAME'],
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': partition }),
    }),
  );
const metrics = () =>
  cloudWatch.send(
    new GetMetricDataCommand({ StartTime: new Date(0), EndTime: new Date(), MetricDataQueries: [] }),
  );
const mapping = { UUID: process.env['ORDER_EVENTS_MAPPING_ID'] };
const enable = (Enabled: boolean) =>
  lambda.send(new UpdateEventSourceMappingCommand({ ...mapping, Enabled }));
const replay = async ({ id }: Path) => [
  await receive(),
  await sns.send(new PublishCommand({ TopicArn: process.env['TOPIC_ARN'], Message: id })),
  await openSearch.bulk({ body: [] }),
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: id })),
];

const ROUTES: Readonly<Record<string, (path: Path) => Promise<unknown>>> = {
  'GET /ops/orders/{userId}/{orderId}/timeline': async ({ userId, orderId = '' }) => [
    await readItem(`USER#${userId}`, `ORDER#${orderId}`),
    await openSearch.get({ index: 'orders', id: orderId }),
  ],
  'GET /ops/status': async () => [
    await metrics(),
    await lambda.send(new GetEventSourceMappingCommand(mapping)),
  ],
  'GET /ops/lag': metrics,
  'POST /ops/consumers/{consumer}/pause': () => enable(false),
  'POST /ops/consumers/{consumer}/resume': () => enable(true),
  'GET /ops/throughput': metrics,
  'GET /ops/dead-letters': () => list('OPEN'),
  'GET /ops/dead-letters/causes': () => list('OPEN'),
  'POST /ops/dead-letters/replay': replay,
  'POST /ops/dead-letters/purge': async ({ id }) => [
    await receive(),
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: id })),
  ],
  'GET /ops/dead-letters/{id}': async ({ id }) => [
    await receive(),
    await s3.send(new GetObjectCommand({ Bucket: 'dead-letters', Key: id })),
    await streams.send(new GetRecordsCommand({ ShardIterator: id })),
  ],
  'POST /ops/dead-letters/{id}/fix': async (path) => [
    await dynamoDb.send(
      new UpdateItemCommand({ TableName: process.env['TABLE_NAME'], Key: marshall({ pk: path['id'] }) }),
    ),
    await replay(path),
  ],
  'GET /ops/verify': () => list('VERIFICATION'),
  'GET /ops/activity': () => list('ACTIVITY'),
};
