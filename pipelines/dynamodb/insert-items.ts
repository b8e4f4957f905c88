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
  return { own: new Set(items.filter(isStored)), unread: new Set(read.keysLeft) };
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

class StatementsLeftError extends TransientError {
  override readonly code = 'statements-left';
}

/** What a statement came to: `retryable` also where no answer to it came. */
type InsertAnswer = 'inserted' | AwsErrorKind;

/**
 * Inserts at most 25 items, and sends those again that the table left for a reason that passes.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html.
 *
 * @returns what the statement of each item came to at last.
 * @throws the SDK's own error when the request as a whole can never go through.
 */
async function sendInserts(
  { dynamoDb, tableName }: { readonly dynamoDb: DynamoDBClient; readonly tableName: string },
  items: readonly ItemKey[],
  signal: AbortSignal,
): Promise<(item: ItemKey) => InsertAnswer> {
  const answers = new Map<ItemKey, InsertAnswer>();
  const answerTo = (item: ItemKey): InsertAnswer => answers.get(item) ?? 'retryable';
  const itemsLeft = (): readonly ItemKey[] => items.filter((item) => isLeft(answerTo(item)));
  const sendLeft = async (): Promise<void> => {
    const left = itemsLeft();
    const { Responses = [] } = await dynamoDb.send(
      new BatchExecuteStatementCommand({ Statements: left.map((item) => insertStatement(tableName, item)) }),
      { abortSignal: signal },
    );
    for (const [index, item] of left.entries()) answers.set(item, answerIn(Responses[index]));
    if (itemsLeft().length > 0) throw new StatementsLeftError('The table left statements of a batch undone');
  };
  try {
    await withRetry(sendLeft, batchRetry(signal));
  } catch (failure) {
    if (!stoppedForNow(failure, signal)) throw failure;
    const kind = awsErrorKind(failure);
    if (isPassingKind(kind)) for (const item of itemsLeft()) answers.set(item, kind);
  }
  return answerTo;
}

/** Whether a statement may still go through. */
const isLeft = (answer: InsertAnswer): boolean => answer !== 'inserted' && isPassingKind(answer);

function answerIn(response: BatchStatementResponse | undefined): InsertAnswer {
  if (response === undefined) return 'retryable';
  return response.Error === undefined ? 'inserted' : statementErrorKind(response.Error);
}

export interface InsertItemsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** An item of a batch and what became of it. */
export interface InsertedItem<Item> {
  readonly item: Item;
  readonly outcome: BatchOutcome;
}

/** The most statements that DynamoDB takes at once. */
const STATEMENTS_MAX = 25;

/**
 * Writes each item where there is none with its key yet, and leaves those that exist untouched; no two of the items may
 * have the same key. Once `signal` is aborted nothing is sent any more and what is left is told as failed.
 *
 * @returns what became of each item, in the items' order.
 * @throws the SDK's own error when a request can never go through, as for a right that is missing.
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
  const answerTo = await sendInserts(deps, items, signal);
  const existing = items.filter((item) => answerTo(item) === 'condition');
  const { own, unread } = await findOwn(deps, existing, signal);
  const outcomeOf = (item: ItemKey): BatchOutcome => {
    const answer = answerTo(item);
    if (isLeft(answer) || unread.has(item)) return { outcome: 'failed', retryable: true };
    if (answer === 'inserted' || own.has(item)) return { outcome: 'created' };
    return answer === 'condition' ? { outcome: 'already-exists' } : { outcome: 'failed', retryable: false };
  };
  const inserted = items.map((item) => ({ item, outcome: outcomeOf(item) }));
  const failed = inserted.filter(({ outcome }) => outcome.outcome === 'failed');
  logFailed(
    deps.logger,
    failed.map(({ item }) => answerTo(item)),
  );
  return inserted;
}

function logFailed(logger: InsertItemsDeps['logger'], answers: readonly InsertAnswer[]): void {
  if (answers.length === 0) return;
  const details = { items: answers.length, kinds: [...new Set(answers)] };
  // A failed condition is among them where the item that is there could not be read.
  const mayPass = answers.every((answer) => isLeft(answer) || answer === 'condition');
  if (mayPass) logger.warn('Items of a batch were left', details);
  else logger.error('Items of a batch were refused', details);
}
