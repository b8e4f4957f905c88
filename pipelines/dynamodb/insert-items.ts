import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@aws-lambda-powertools/logger';
import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { BatchOutcome } from '../../contracts/api/batch.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { type AwsErrorKind, awsErrorKind, isPassingKind, statementErrorKind } from '../aws/aws-errors.ts';
import { withRetry } from '../aws/retry.ts';
import { TransientError } from '../errors.ts';
import { batchRetry, inChunks, stoppedForNow } from './batches.ts';
import { batchGetSome } from './read-items.ts';
import { unmarshal } from './unmarshal.ts';

/** Which of several items this request has written. */
export interface OwnItems {
  readonly own: ReadonlySet<ItemKey>;
  /** Those that could not be read. */
  readonly unread: ReadonlySet<ItemKey>;
}

/**
 * Finds those of at most 100 items that this request wrote itself: a statement whose response is lost is sent again, by the
 * SDK or by us, and then fails on its own item. Each item has the clock's microseconds, so that an equal item is its own.
 * The table is read, since the error of a PartiQL INSERT carries no item.
 *
 * @throws the SDK's own error when the request can never succeed.
 */
async function findOwn(
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
  return { own: new Set(items.filter(isStored)), unread: new Set(read.keysRemaining) };
}

/**
 * The PartiQL statement that writes an item where there is none with its key yet. Each value is a parameter; the names
 * are those that the item's contract has.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html.
 */
function insertStatement(tableName: string, item: ItemKey): BatchStatementRequest {
  const attributes = Object.entries(marshall(item, { removeUndefinedValues: true }));
  const fields = attributes.map(([name]) => `'${name}': ?`).join(', ');
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {${fields}}`,
    Parameters: attributes.map(([, value]) => value),
  };
}

class UnprocessedStatementsError extends TransientError {
  override readonly code = 'unprocessed-statements';
}

/** The result of a statement: `retryable` also where no response arrived. */
type InsertResult = 'inserted' | AwsErrorKind;

/**
 * Inserts at most 25 items, and sends those again that failed for a retryable reason.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html.
 *
 * @returns the final result of the statement of each item.
 * @throws the SDK's own error when the complete request can never succeed.
 */
async function sendInserts(
  { dynamoDb, tableName }: { readonly dynamoDb: DynamoDBClient; readonly tableName: string },
  items: readonly ItemKey[],
  signal: AbortSignal,
): Promise<(item: ItemKey) => InsertResult> {
  const results = new Map<ItemKey, InsertResult>();
  const resultOf = (item: ItemKey): InsertResult => results.get(item) ?? 'retryable';
  const retryableItems = (): readonly ItemKey[] => items.filter((item) => mayPass(resultOf(item)));
  const sendRetryable = async (): Promise<void> => {
    const sent = retryableItems();
    const { Responses = [] } = await dynamoDb.send(
      new BatchExecuteStatementCommand({ Statements: sent.map((item) => insertStatement(tableName, item)) }),
      { abortSignal: signal },
    );
    for (const [index, item] of sent.entries()) results.set(item, responseResult(Responses[index]));
    if (retryableItems().length > 0)
      throw new UnprocessedStatementsError('The table did not process all statements of a batch');
  };
  try {
    await withRetry(sendRetryable, batchRetry(signal));
  } catch (failure) {
    if (!stoppedForNow(failure, signal)) throw failure;
    const kind = awsErrorKind(failure);
    if (isPassingKind(kind)) for (const item of retryableItems()) results.set(item, kind);
  }
  return resultOf;
}

/** Whether a statement may still succeed. */
const mayPass = (result: InsertResult): boolean => result !== 'inserted' && isPassingKind(result);

function responseResult(response: BatchStatementResponse | undefined): InsertResult {
  if (response === undefined) return 'retryable';
  return response.Error === undefined ? 'inserted' : statementErrorKind(response.Error);
}

export interface InsertItemsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** An item of a batch and its outcome. */
export interface InsertedItem<Item> {
  readonly item: Item;
  readonly outcome: BatchOutcome;
}

/** The most statements that DynamoDB takes at once. */
const STATEMENTS_MAX = 25;

/**
 * Writes each item where there is none with its key yet, and does not change those that exist; no two of the items may
 * have the same key. Once `signal` is aborted, nothing more is sent and the remaining items are reported as failed.
 *
 * @returns the outcome of each item, in the items' order.
 * @throws the SDK's own error when a request can never succeed, as without a permission.
 */
export function insertItems<Item extends ItemKey>(
  deps: InsertItemsDeps,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<readonly InsertedItem<Item>[]> {
  return inChunks(items, STATEMENTS_MAX, (chunk) => insertChunk(deps, chunk, signal));
}

async function insertChunk<Item extends ItemKey>(
  deps: InsertItemsDeps,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<readonly InsertedItem<Item>[]> {
  const resultOf = await sendInserts(deps, items, signal);
  const existing = items.filter((item) => resultOf(item) === 'condition');
  const { own, unread } = await findOwn(deps, existing, signal);
  const outcomeOf = (item: ItemKey): BatchOutcome => {
    const result = resultOf(item);
    if (mayPass(result) || unread.has(item)) return { outcome: 'failed', retryable: true };
    if (result === 'inserted' || own.has(item)) return { outcome: 'created' };
    return result === 'condition' ? { outcome: 'already-exists' } : { outcome: 'failed', retryable: false };
  };
  const inserted = items.map((item) => ({ item, outcome: outcomeOf(item) }));
  const failed = inserted.filter(({ outcome }) => outcome.outcome === 'failed');
  logFailed(
    deps.logger,
    failed.map(({ item }) => resultOf(item)),
  );
  return inserted;
}

function logFailed(logger: InsertItemsDeps['logger'], results: readonly InsertResult[]): void {
  if (results.length === 0) return;
  const details = { items: results.length, kinds: [...new Set(results)] };
  // A failed condition is among them where the existing item could not be read.
  const isRetryable = results.every((result) => mayPass(result) || result === 'condition');
  if (isRetryable) logger.warn('Items of a batch were not written', details);
  else logger.error('Items of a batch were refused', details);
}
