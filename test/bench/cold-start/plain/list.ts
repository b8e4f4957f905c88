import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const headers = { 'content-type': 'application/json' };

/** Lists items as one writes it by hand: nothing is checked, nothing is logged. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { userId } = event.pathParameters ?? {};
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName: process.env['TABLE_NAME'],
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :orders)',
      ExpressionAttributeValues: marshall({ ':pk': `USER#${userId}`, ':orders': 'ORDER#' }),
    }),
  );
  const page = { items: Items.map((item) => unmarshall(item)), next: LastEvaluatedKey };
  return { statusCode: 200, headers, body: JSON.stringify(page) };
};
