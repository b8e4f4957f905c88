import { type BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { vi } from 'vitest';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { Database } from '../simulation/models/table.ts';
import { OPERATIONS_SCHEMA, OPERATIONS_TABLE, TABLE_SCHEMA } from '../simulation/places.ts';

export { OPERATIONS_TABLE };

/** The name of the table that {@link modelTable} makes. */
export const TABLE = 'orders';

/**
 * The system's table in memory, with these items, and a client that keeps what it is sent. The model is compared with
 * DynamoDB Local by test/integration/stream/honest-models.test.ts.
 */
export function modelTable(...items: readonly ItemKey[]) {
  const database = new Database(Date.now, () => undefined);
  database.createTable(TABLE, TABLE_SCHEMA);
  for (const item of items) {
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  }
  const send = vi.fn(async (command: unknown) => database.execute(command));
  return { dynamoDb: clientThat(send), send, database };
}

/** The OperationsTable in memory, and a client that keeps what it is sent. */
export function operationsTable() {
  const database = new Database(Date.now, () => undefined);
  database.createTable(OPERATIONS_TABLE, OPERATIONS_SCHEMA);
  const send = vi.fn(async (command: unknown) => database.execute(command));
  return { dynamoDb: clientThat(send), send, database };
}

/** A client whose result for each command is that of `send`. */
export const clientThat = (send: (command: never) => Promise<unknown>): DynamoDBClient =>
  Object.assign(new DynamoDBClient({ region: 'eu-central-1' }), { send });

/** The same table, but it reads one key a request and leaves the others unread. */
export function slowTable(...items: readonly ItemKey[]) {
  const { database } = modelTable(...items);
  const requested: (readonly object[])[] = [];
  const send = vi.fn(async ({ input }: BatchGetItemCommand) => {
    const [first, ...rest] = input.RequestItems?.[TABLE]?.Keys ?? [];
    requested.push([first, ...rest].map((key) => unmarshall(key ?? {})));
    const found = first === undefined ? undefined : database.item(TABLE, first);
    return {
      Responses: { [TABLE]: found === undefined ? [] : [found] },
      UnprocessedKeys: rest.length > 0 ? { [TABLE]: { Keys: rest } } : {},
    };
  });
  return { dynamoDb: clientThat(send), send, requested };
}
