import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const WRITES = new Set(['PutItemCommand', 'TransactWriteItemsCommand', 'BatchExecuteStatementCommand']);

/** Loses the next answers to writes on their way back: DynamoDB has made the write, and the SDK sends it again. */
export function losingAnswers(client: DynamoDBClient) {
  let toLose = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (toLose > 0 && WRITES.has(String(context['commandName']))) {
        toLose -= 1;
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      }
      return answer;
    },
    { step: 'deserialize', priority: 'high' },
  );
  return {
    loseOne: () => {
      toLose = 1;
    },
    /** Loses as many as the SDK tries to get. */
    loseAll: async () => {
      toLose = await client.config.maxAttempts();
    },
    hasLost: () => toLose === 0,
  };
}
