import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BatchOutcome } from '../../contracts/api/batch.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { inChunks } from './in-chunks.ts';
import { findOwn } from './own-items.ts';
import { type InsertAnswer, isLeft, sendInserts } from './send-inserts.ts';

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
