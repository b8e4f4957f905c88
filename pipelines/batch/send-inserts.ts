import {
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { ItemKey } from '../../contracts/keys.ts';
import { type AwsErrorKind, awsErrorKind, isPassingKind, statementErrorKind } from '../core/aws-errors.ts';
import { TransientError } from '../core/errors.ts';
import { withRetry } from '../core/retry.ts';
import { batchRetry, stoppedForNow } from './batch-retry.ts';
import { insertStatement } from './insert-statement.ts';

class StatementsLeftError extends TransientError {
  override readonly code = 'statements-left';
}

/** What a statement came to: `retryable` also where no answer to it came. */
export type InsertAnswer = 'inserted' | AwsErrorKind;

/**
 * Inserts at most 25 items, and sends those again that the table left for a reason that passes.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html.
 *
 * @returns what the statement of each item came to at last.
 * @throws the SDK's own error when the request as a whole can never go through.
 */
export async function sendInserts(
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
export const isLeft = (answer: InsertAnswer): boolean => answer !== 'inserted' && isPassingKind(answer);

function answerIn(response: BatchStatementResponse | undefined): InsertAnswer {
  if (response === undefined) return 'retryable';
  return response.Error === undefined ? 'inserted' : statementErrorKind(response.Error);
}
