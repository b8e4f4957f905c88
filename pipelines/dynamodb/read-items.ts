import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod';
import { type ItemKey, itemPlace } from '../../contracts/entities/entity.ts';
import { read, valueIssues } from '../../contracts/reading.ts';
import { CONFLICT_RETRY, type RetryOptions, withRetry } from '../aws/retry.ts';
import { ContractViolationError, TransientError } from '../errors.ts';
import { unmarshal } from './unmarshal.ts';

/** The attributes that a read returns, each by a placeholder: many names are reserved words. */
const projection = (attributes: readonly string[]) => ({
  ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
});

/** Which item to read, and its schema. */
export interface ItemRead<Item> {
  readonly tableName: string;
  readonly key: object;
  readonly schema: z.ZodType<Item>;
  /** The attributes to read; all without it. */
  readonly attributes?: readonly string[];
  /** Whether the read is strongly consistent, which costs twice as much. True without it. */
  readonly consistent?: boolean;
}

/**
 * Reads one item, by default with strong consistency.
 *
 * @returns the item, or `undefined` where there is none.
 * @throws ContractViolationError for an item that violates its contract, naming the fields and not their values.
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

/**
 * An item that was read for another one, or why it cannot be used, with `message`: for a batch, in which one item must not fail the others.
 * The issues begin with its key, since the one that it was read for is sound.
 */
export function decodeItem<Item>(
  schema: z.ZodType<Item>,
  item: unknown,
  key: ItemKey,
  message: string,
): Item | ContractViolationError {
  const result = read(schema, item);
  return result.success
    ? result.data
    : new ContractViolationError(message, valueIssues(result.error, itemPlace(key)));
}

/** The most keys that one BatchGetItem may hold. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html. */
export const BATCH_GET_KEYS_MAX = 100;

class UnprocessedKeysError extends TransientError {
  override readonly code = 'unprocessed-keys';
}

/** What to read. */
export interface BatchRead {
  readonly tableName: string;
  /** At most {@link BATCH_GET_KEYS_MAX}, each once. */
  readonly keys: readonly ItemKey[];
  /** The attributes to read; all of them without it. */
  readonly attributes?: readonly string[];
}

/** What was read of a batch before it ended. */
export interface BatchReadSoFar {
  /** In no order; a key without an item has none. */
  readonly items: readonly Record<string, unknown>[];
  /** The keys that were not read: items may exist. */
  readonly keysRemaining: readonly ItemKey[];
  /** Why keys remain, where they do. */
  readonly failure?: unknown;
}

/**
 * Reads at most 100 items, consistently, in no order; those that do not exist are absent from the result. Unprocessed keys,
 * when the table is throttled or the response would exceed 16 MB, are requested again.
 *
 * @throws TransientError when keys remained unprocessed after all retries, or the SDK's own error.
 */
export async function batchGet(
  dynamoDb: DynamoDBClient,
  tableName: string,
  keys: readonly ItemKey[],
): Promise<readonly Record<string, unknown>[]> {
  const isRetryable = (error: unknown): boolean => error instanceof UnprocessedKeysError;
  const { items, failure } = await batchGetSome(
    dynamoDb,
    { tableName, keys },
    { policy: CONFLICT_RETRY, isRetryable },
  );
  if (failure !== undefined) throw failure;
  return items;
}

/**
 * As {@link batchGet}, but the items that were read before a failure are returned, and `retry` says which failures are
 * retried: unprocessed keys are a {@link TransientError}.
 */
export async function batchGetSome(
  dynamoDb: DynamoDBClient,
  { tableName, keys, attributes }: BatchRead,
  retry: RetryOptions,
): Promise<BatchReadSoFar> {
  const items: Record<string, unknown>[] = [];
  let keysRemaining = keys;
  const readSome = async (): Promise<void> => {
    const request = {
      Keys: keysRemaining.map(({ pk, sk }) => marshall({ pk, sk })),
      ConsistentRead: true,
      ...(attributes && projection(attributes)),
    };
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: request } }),
      retry.signal && { abortSignal: retry.signal },
    );
    items.push(...(Responses?.[tableName] ?? []).map(unmarshal));
    const unread = (UnprocessedKeys?.[tableName]?.Keys ?? []).map(unmarshal);
    keysRemaining = keysRemaining.filter((key) =>
      unread.some(({ pk, sk }) => pk === key.pk && sk === key.sk),
    );
    if (keysRemaining.length > 0)
      throw new UnprocessedKeysError('The table did not process all keys of a batch');
  };
  try {
    if (keys.length > 0) await withRetry(readSome, retry);
    return { items, keysRemaining };
  } catch (failure) {
    return { items, keysRemaining, failure };
  }
}
