import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Image } from './scan-table.ts';

/**
 * All items of a query, page by page: a page has at most 1 MB. Bounded by the partition alone, so it is for partitions that stay small, or for
 * work that may take long.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html.
 *
 * @throws the SDK's own errors.
 */
export async function* queryItems(
  dynamoDb: Pick<DynamoDBClient, 'send'>,
  query: Omit<QueryCommandInput, 'ExclusiveStartKey'>,
  abortSignal?: AbortSignal,
): AsyncGenerator<Image, void, undefined> {
  let next: Image | undefined;
  do {
    const command = new QueryCommand({ ...query, ExclusiveStartKey: next });
    const page = await dynamoDb.send(command, abortSignal && { abortSignal });
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}
