import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { LocalPartError } from '../machine/local-part.ts';
import { type TableDefinition, type TableIndex, TableShape } from '../plan/table.ts';
import { streamPlaceholder } from '../template/local-names.ts';

const TABLE_TIMEOUT_SECONDS = 20;

/** The streams' real ARNs, by the placeholder in the template's expressions. */
export type StreamArns = ReadonlyMap<string, string>;

/**
 * Creates the tables that do not exist yet.
 *
 * @throws LocalPartError `data-of-older-template` if an existing table differs from the template.
 */
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
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: name }));
  requireShape(name, Table, schema);
  return Table;
}

function requireShape(name: string, table: TableDescription, schema: TableDefinition['schema']): void {
  if (shapeOf(table) === shapeOf(schema)) return;
  throw new LocalPartError(
    'data-of-older-template',
    `The table ${name} has other keys, indexes or another stream than in the template`,
    'The data is from an older template. Choose another data folder, or delete this one.',
  );
}

/** The properties of a table that cannot be changed, or not at once, in a form that does not depend on the order of lists. */
function shapeOf(table: unknown): string {
  const shape = parse(TableShape, table);
  return JSON.stringify([
    shape.KeySchema,
    inOrder(shape.AttributeDefinitions),
    inOrder((shape.GlobalSecondaryIndexes ?? []).map(indexInOrder)),
    inOrder((shape.LocalSecondaryIndexes ?? []).map(indexInOrder)),
    shape.StreamSpecification,
  ]);
}

const indexInOrder = ({ IndexName, KeySchema, Projection }: z.infer<typeof TableIndex>) => [
  IndexName,
  KeySchema,
  Projection.ProjectionType,
  Projection.NonKeyAttributes?.toSorted(),
];

const inOrder = (list: readonly unknown[]): readonly string[] =>
  list.map((one) => JSON.stringify(one)).toSorted();
