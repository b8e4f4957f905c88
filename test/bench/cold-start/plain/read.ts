import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const headers = { 'content-type': 'application/json' };

/** Reads an item as one writes it by hand: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { userId, orderId } = event.pathParameters ?? {};
  const { Item } = await dynamoDb.send(
    new GetItemCommand({
      TableName: process.env['TABLE_NAME'],
      Key: marshall({ pk: `USER#${userId}`, sk: `ORDER#${orderId}` }),
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) return { statusCode: 404, headers, body: '{"message":"Not found"}' };
  return { statusCode: 200, headers, body: JSON.stringify(unmarshall(Item)) };
};
