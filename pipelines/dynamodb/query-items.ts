import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { type ItemRead, parseItem } from './read-items.ts';
import type { Image } from './scan-table.ts';
import { unmarshal } from './unmarshal.ts';

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

/**
 * All items of a partition whose sort key begins with that of `key`, strongly consistent.
 *
 * @throws ContractViolationError for an item that violates its contract; the SDK's own errors.
 */
export async function readItemsUnder<Item>(
  dynamoDb: Pick<DynamoDBClient, 'send'>,
  {
    tableName,
    key: { pk, sk },
    schema,
  }: Pick<ItemRead<Item>, 'tableName' | 'schema'> & { readonly key: ItemKey },
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const query = {
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': sk }),
    ConsistentRead: true,
  };
  for await (const image of queryItems(dynamoDb, query)) items.push(parseItem(schema, unmarshal(image)));
  return items;
}
