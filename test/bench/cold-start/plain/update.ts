import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const headers = { 'content-type': 'application/json' };

/** Changes an item as one writes it by hand: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { userId, orderId } = event.pathParameters ?? {};
  const { status } = JSON.parse(event.body ?? '');
  try {
    const { Attributes = {} } = await dynamoDb.send(
      new UpdateItemCommand({
        TableName: process.env['TABLE_NAME'],
        Key: marshall({ pk: `USER#${userId}`, sk: `ORDER#${orderId}` }),
        UpdateExpression: 'SET #status = :status',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: marshall({ ':status': status }, { removeUndefinedValues: true }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return { statusCode: 200, headers, body: JSON.stringify(unmarshall(Attributes)) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { statusCode: 404, headers, body: '{"message":"Not found"}' };
  }
};
