import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const TableName = process.env['TABLE_NAME'];

/** A resource of the table as one writes it by hand: the method and the key say what to do, nothing is checked or logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const [method] = event.routeKey.split(' ');
  const { userId, orderId, sku, accountId } = event.pathParameters ?? {};
  const sk = orderId ?? sku ?? accountId;
  const key = { pk: `USER#${userId}`, sk: `ORDER#${sk}` };
  const body = event.body === undefined ? {} : JSON.parse(event.body);
  try {
    if (method === 'POST') return json(201, await create(body));
    if (method === 'PATCH') return json(200, await update(key, body));
    if (method === 'DELETE') return json(200, await remove(key));
    return json(200, sk === undefined ? await list(key.pk) : await read(key));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return json(409, { message: 'Conflict' });
  }
};

const json = (statusCode: number, value: unknown): APIGatewayProxyStructuredResultV2 =>
  value === undefined
    ? json(404, { message: 'Not found' })
    : { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };

async function create(body: Record<string, unknown>): Promise<unknown> {
  const key = { pk: `USER#${String(body['userId'])}`, sk: `PROFILE#${String(body['userId'])}` };
  const Item = marshall({ ...body, ...key, createdAt: new Date().toISOString() });
  await dynamoDb.send(
    new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }),
  );
  return body;
}

async function list(pk: string): Promise<unknown> {
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :orders)',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':orders': 'ORDER#' }),
    }),
  );
  return { items: Items.map((item) => unmarshall(item)), next: LastEvaluatedKey };
}

async function read(key: object): Promise<unknown> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: true }),
  );
  return Item && unmarshall(Item);
}

async function update(key: object, { status }: { readonly status?: unknown }): Promise<unknown> {
  const { Attributes = {} } = await dynamoDb.send(
    new UpdateItemCommand({
      TableName,
      Key: marshall(key),
      UpdateExpression: 'SET #status = :status',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: marshall({ ':status': status }, { removeUndefinedValues: true }),
      ReturnValues: 'ALL_NEW',
    }),
  );
  return unmarshall(Attributes);
}

async function remove(key: object): Promise<unknown> {
  const { Attributes = {} } = await dynamoDb.send(
    new DeleteItemCommand({ TableName, Key: marshall(key), ReturnValues: 'ALL_OLD' }),
  );
  return unmarshall(Attributes);
}
