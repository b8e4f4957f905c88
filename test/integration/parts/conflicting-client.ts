import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { localDynamoDb } from './clients.ts';

/** A client whose first transactions are cancelled since another writer is at the same items, as DynamoDB Local never does. */
export function dynamoDbWithConflicts(conflicts: number): DynamoDBClient {
  const dynamoDb = localDynamoDb();
  let remainingConflicts = conflicts;
  dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'TransactWriteItemsCommand' || remainingConflicts === 0) return next(args);
        remainingConflicts -= 1;
        throw new TransactionCanceledException({
          message: 'Transaction cancelled',
          CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
          $metadata: {},
        });
      },
    { step: 'initialize' },
  );
  return dynamoDb;
}
