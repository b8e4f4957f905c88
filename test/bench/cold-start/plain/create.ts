import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const headers = { 'content-type': 'application/json' };

/** Creates an item as one writes it by hand: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const user = JSON.parse(event.body ?? '');
  const key = { pk: `USER#${user.userId}`, sk: `PROFILE#${user.userId}` };
  try {
    await dynamoDb.send(
      new PutItemCommand({
        TableName: process.env['TABLE_NAME'],
        Item: marshall({ ...user, ...key, createdAt: new Date().toISOString() }),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { statusCode: 409, headers, body: '{"message":"Already exists"}' };
  }
  return { statusCode: 201, headers, body: JSON.stringify(user) };
};
