import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/keys.ts';
import { batchGetSome } from '../core/batch-get.ts';
import { unmarshal } from '../core/unmarshal.ts';
import { batchRetry, stoppedForNow } from './batch-retry.ts';

/** Which of several items are in the table as they were to be written. */
export interface OwnItems {
  readonly own: ReadonlySet<ItemKey>;
  /** Those of which nobody knows. */
  readonly unread: ReadonlySet<ItemKey>;
}

/**
 * Finds those of at most 100 items that this request wrote itself: a statement whose answer got lost is sent again, by the
 * SDK or by us, and then fails on its own item. Each item bears the clock's microseconds, so one that is equal is its own.
 * The table is read, since the error of a PartiQL INSERT bears no item.
 *
 * @throws the SDK's own error when the request can never go through.
 */
export async function findOwn(
  { dynamoDb, tableName }: { readonly dynamoDb: DynamoDBClient; readonly tableName: string },
  items: readonly ItemKey[],
  signal: AbortSignal,
): Promise<OwnItems> {
  const read = await batchGetSome(dynamoDb, { tableName, keys: items }, batchRetry(signal));
  if (read.failure !== undefined && !stoppedForNow(read.failure, signal)) throw read.failure;
  const isStored = (item: ItemKey): boolean => {
    const written = unmarshal(marshall(item, { removeUndefinedValues: true }));
    return read.items.some((stored) => isDeepStrictEqual(stored, written));
  };
  return { own: new Set(items.filter(isStored)), unread: new Set(read.keysLeft) };
}
