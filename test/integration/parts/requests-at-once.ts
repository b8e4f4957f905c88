import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Counts a client's requests: how many there were, and how many ran at once at most. */
export function requestsAtOnce(client: DynamoDBClient) {
  const counted = { requests: 0, atOnceMax: 0 };
  let underWay = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      underWay += 1;
      counted.requests += 1;
      counted.atOnceMax = Math.max(counted.atOnceMax, underWay);
      try {
        return await next(args);
      } finally {
        underWay -= 1;
      }
    },
    { step: 'initialize' },
  );
  return counted;
}
