import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const WRITES = new Set(['TransactWriteItemsCommand', 'BatchExecuteStatementCommand']);

/** Loses the next responses to writes on their way back: DynamoDB has made the write, and the SDK sends it again. */
export function losingAnswers(client: DynamoDBClient) {
  let toLose = 0;
  let meanwhile = async (): Promise<unknown> => undefined;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const response = await next(args);
      if (toLose > 0 && WRITES.has(String(context['commandName']))) {
        toLose -= 1;
        await meanwhile();
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      }
      return response;
    },
    { step: 'deserialize', priority: 'high' },
  );
  return {
    /** `happening` is over before the SDK sends the write again. */
    loseOne: (happening = async (): Promise<unknown> => undefined) => {
      toLose = 1;
      meanwhile = happening;
    },
    /** Loses as many as the SDK tries to get. */
    loseAll: async () => {
      toLose = await client.config.maxAttempts();
    },
    hasLost: () => toLose === 0,
  };
}
