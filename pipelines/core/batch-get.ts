import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/keys.ts';
import { TransientError } from './errors.ts';
import { CONFLICT_RETRY, withRetry } from './retry.ts';

class KeysLeftError extends TransientError {
  override readonly code = 'keys-left';
}

/**
 * Reads at most 100 items (DynamoDB refuses more), consistently, in no order; those that do not exist are absent from the answer. Keys that the
 * table leaves unread, when it is throttled or the answer would exceed 16 MB, are asked for again.
 *
 * @throws TransientError when the table kept leaving keys unread, or the SDK's own error.
 */
export async function batchGet(
  dynamoDb: DynamoDBClient,
  tableName: string,
  keys: readonly ItemKey[],
): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let keysLeft: Record<string, AttributeValue>[] = keys.map(({ pk, sk }) => marshall({ pk, sk }));
  const readSome = async (): Promise<void> => {
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keysLeft, ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[tableName] ?? []).map((image) => unmarshall(image)));
    keysLeft = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (keysLeft.length > 0) throw new KeysLeftError('The table left keys of a batch unread');
  };
  const isRetryable = (error: unknown): boolean => error instanceof KeysLeftError;
  if (keys.length > 0) await withRetry(readSome, { policy: CONFLICT_RETRY, isRetryable });
  return items;
}
