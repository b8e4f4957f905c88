import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * How many items a table has, as of some hours ago: for a progress bar.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html.
 */
export async function roughTableSize(dynamoDb: DynamoDBClient, tableName: string): Promise<number> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  return Table?.ItemCount ?? 0;
}
