import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { read, valueIssues } from '../../contracts/reading.ts';
import { CONFLICT_RETRY, type RetryOptions, withRetry } from '../aws/retry.ts';
import { ContractViolationError, TransientError } from '../errors.ts';
import { unmarshal } from './unmarshal.ts';

/** The attributes that a read is to bring, each by a stand-in: many a good name is a reserved word. */
const projection = (attributes: readonly string[]) => ({
  ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
});

/** Which item to read, and what it must look like. */
export interface ItemRead<Item> {
  readonly tableName: string;
  readonly key: object;
  readonly schema: z.ZodType<Item>;
  /** The attributes to read; all without it. */
  readonly attributes?: readonly string[];
  /** Whether whatever was written before the call must be seen, which costs twice the read. True without it. */
  readonly consistent?: boolean;
}

/**
 * Reads one item, with strong consistency unless told otherwise.
 *
 * @returns the item, or `undefined` where there is none.
 * @throws ContractViolationError for an item that does not keep its contract, naming the fields and not their values.
 */
export async function readItem<Item>(
  dynamoDb: DynamoDBClient,
  read: ItemRead<Item>,
): Promise<Item | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({
      TableName: read.tableName,
      Key: marshall(read.key),
      ConsistentRead: read.consistent ?? true,
      ...(read.attributes === undefined ? {} : projection(read.attributes)),
    }),
  );
  return Item === undefined ? undefined : parseItem(read.schema, unmarshal(Item));
}

/**
 * Checks an item that was read.
 *
 * @throws ContractViolationError naming the fields and not their values.
 */
export function parseItem<Item>(schema: z.ZodType<Item>, item: unknown): Item {
  const result = read(schema, item);
  if (result.success) return result.data;
  throw new ContractViolationError('An item of the table breaks its contract', valueIssues(result.error));
}

/** The most keys that one BatchGetItem may hold. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html. */
export const BATCH_GET_KEYS_MAX = 100;

class KeysLeftError extends TransientError {
  override readonly code = 'keys-left';
}

/** What to read. */
export interface BatchRead {
  readonly tableName: string;
  /** At most {@link BATCH_GET_KEYS_MAX}, each but once. */
  readonly keys: readonly ItemKey[];
  /** The attributes to read; all of them unless it is said. */
  readonly attributes?: readonly string[];
}

/** What was read of a batch before it ended. */
export interface BatchReadSoFar {
  /** In no order; a key without an item has none. */
  readonly items: readonly Record<string, unknown>[];
  /** The keys that were not read: there may be items. */
  readonly keysLeft: readonly ItemKey[];
  /** Why keys are left, where they are. */
  readonly failure?: unknown;
}

/**
 * Reads at most 100 items, consistently, in no order; those that do not exist are absent from the answer. Keys that the
 * table leaves unread, when it is throttled or the answer would exceed 16 MB, are asked for again.
 *
 * @throws TransientError when the table kept leaving keys unread, or the SDK's own error.
 */
export async function batchGet(
  dynamoDb: DynamoDBClient,
  tableName: string,
  keys: readonly ItemKey[],
): Promise<readonly Record<string, unknown>[]> {
  const isRetryable = (error: unknown): boolean => error instanceof KeysLeftError;
  const { items, failure } = await batchGetSome(
    dynamoDb,
    { tableName, keys },
    { policy: CONFLICT_RETRY, isRetryable },
  );
  if (failure !== undefined) throw failure;
  return items;
}

/**
 * As {@link batchGet}, but what was read before a failure is not lost with it, and `retry` says which failures are tried
 * again: keys left are a {@link TransientError}.
 */
export async function batchGetSome(
  dynamoDb: DynamoDBClient,
  { tableName, keys, attributes }: BatchRead,
  retry: RetryOptions,
): Promise<BatchReadSoFar> {
  const items: Record<string, unknown>[] = [];
  let keysLeft = keys;
  const readSome = async (): Promise<void> => {
    const request = {
      Keys: keysLeft.map(({ pk, sk }) => marshall({ pk, sk })),
      ConsistentRead: true,
      ...(attributes && projection(attributes)),
    };
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: request } }),
      retry.signal && { abortSignal: retry.signal },
    );
    items.push(...(Responses?.[tableName] ?? []).map(unmarshal));
    const unread = (UnprocessedKeys?.[tableName]?.Keys ?? []).map(unmarshal);
    keysLeft = keysLeft.filter((key) => unread.some(({ pk, sk }) => pk === key.pk && sk === key.sk));
    if (keysLeft.length > 0) throw new KeysLeftError('The table left keys of a batch unread');
  };
  try {
    if (keys.length > 0) await withRetry(readSome, retry);
    return { items, keysLeft };
  } catch (failure) {
    return { items, keysLeft, failure };
  }
}
