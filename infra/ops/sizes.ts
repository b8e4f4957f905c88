import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';

/**
 * How many items a table has, as of some hours ago: for a progress bar.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html.
 */
export async function roughTableSize(dynamoDb: DynamoDBClient, tableName: string): Promise<number> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  return Table?.ItemCount ?? 0;
}

/** How many documents an index has, for a progress bar; 0 where it cannot be searched, which may be why it is rebuilt. */
export async function indexSize(openSearch: Client, alias: string): Promise<number> {
  const { body, statusCode } = await openSearch.count({ index: alias }, { ignore: [429, 503] });
  return statusCode === 200 ? body.count : 0;
}
