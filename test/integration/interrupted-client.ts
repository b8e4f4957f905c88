import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localDynamoDb } from './clients.ts';

/** Stands around a transaction: `transact` sends it. */
export type Interruption = <Answer>(transact: () => Promise<Answer>) => Promise<Answer>;

/** A client whose transactions a test can get in between of. */
export interface InterruptedClient {
  readonly dynamoDb: DynamoDBClient;
  /** Has the next transaction, and no other, go through `interruption`. */
  readonly interruptNext: (interruption: Interruption) => void;
}

/** Makes a client with nothing in between yet. */
export function interruptedDynamoDb(): InterruptedClient {
  const dynamoDb = localDynamoDb();
  let next: Interruption | undefined;
  dynamoDb.middlewareStack.add(
    (send, { commandName }) =>
      async (args) => {
        const interruption = commandName === 'TransactWriteItemsCommand' ? next : undefined;
        if (interruption === undefined) return send(args);
        next = undefined;
        return interruption(() => send(args));
      },
    { step: 'initialize' },
  );
  return {
    dynamoDb,
    interruptNext: (interruption) => {
      next = interruption;
    },
  };
}
