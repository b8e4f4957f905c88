import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { streamPlaceholder } from '../template/local-names.ts';
import type { TableDefinition } from '../template/resources/table.ts';

const TABLE_TIMEOUT_SECONDS = 20;

/** The streams' real ARNs, by the stand-in that the template's expressions were given. */
export type StreamArns = ReadonlyMap<string, string>;

/** Makes the tables that are not there yet. */
export async function createTables(
  client: DynamoDBClient,
  tables: readonly TableDefinition[],
): Promise<StreamArns> {
  const descriptions = await Promise.all(tables.map((table) => createTable(client, table)));
  return new Map(
    descriptions.flatMap(({ TableName, LatestStreamArn }) =>
      TableName === undefined || LatestStreamArn === undefined
        ? []
        : [[streamPlaceholder(TableName), LatestStreamArn] as const],
    ),
  );
}

async function createTable(
  client: DynamoDBClient,
  { name, schema }: TableDefinition,
): Promise<TableDescription> {
  const { StreamSpecification: stream, ...rest } = schema;
  try {
    await client.send(
      new CreateTableCommand({
        ...rest,
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        ...(stream === undefined ? {} : { StreamSpecification: { ...stream, StreamEnabled: true } }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists(
    { client, minDelay: 1, maxWaitTime: TABLE_TIMEOUT_SECONDS },
    { TableName: name },
  );
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  return Table ?? {};
}
