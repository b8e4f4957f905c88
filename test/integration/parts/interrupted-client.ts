import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localDynamoDb } from './clients.ts';

/** Wraps a request: `send` sends it. */
export type Interruption = <Response>(send: () => Promise<Response>) => Promise<Response>;

/** A client whose requests a test can get in between of. */
export interface InterruptedClient {
  readonly dynamoDb: DynamoDBClient;
  /** Has the next request of a kind, a transaction by default, and no other, go through `interruption`. */
  readonly interruptNext: (interruption: Interruption, commandName?: string) => void;
}

/** Makes a client with nothing in between yet. */
export function interruptedDynamoDb(): InterruptedClient {
  const dynamoDb = localDynamoDb();
  let next: { readonly interruption: Interruption; readonly commandName: string } | undefined;
  dynamoDb.middlewareStack.add(
    (send, { commandName }) =>
      async (args) => {
        if (next === undefined || commandName !== next.commandName) return send(args);
        const { interruption } = next;
        next = undefined;
        return interruption(() => send(args));
      },
    { step: 'initialize' },
  );
  return {
    dynamoDb,
    interruptNext: (interruption, commandName = 'TransactWriteItemsCommand') => {
      next = { interruption, commandName };
    },
  };
}
