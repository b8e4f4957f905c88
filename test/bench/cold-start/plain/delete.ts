import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const headers = { 'content-type': 'application/json' };

/** Deletes an item as one writes it by hand: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { userId, orderId } = event.pathParameters ?? {};
  const { Attributes = {} } = await dynamoDb.send(
    new DeleteItemCommand({
      TableName: process.env['TABLE_NAME'],
      Key: marshall({ pk: `USER#${userId}`, sk: `ORDER#${orderId}` }),
      ReturnValues: 'ALL_OLD',
    }),
  );
  return { statusCode: 200, headers, body: JSON.stringify(unmarshall(Attributes)) };
};
