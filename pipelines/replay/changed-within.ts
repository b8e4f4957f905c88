import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import type { StreamBatchInfo } from '../../contracts/dead-letters/lambda-on-failure.ts';
import { ContractViolationError, OrderStreamError } from '../core/errors.ts';
import { presentRecord } from './present-record.ts';

/** Too much of the table was changed at the time of a batch, or the table is too large to be looked through for one. */
export class TableTooLargeError extends OrderStreamError {
  readonly code = 'table-too-large';
  readonly remedy =
    'Purge the letter, and compare the table with what the consumer keeps instead (npm run ops -- verify).';
}

/** How far the clock that writes `updatedAt` and the stream's may be apart, the time of a slow write included. */
const SLACK_MS = 5 * 60 * 1_000;
const SEGMENTS = 4;
const PAGES_IN_SEGMENT_MAX = 5_000;
const ITEMS_MAX = 50_000;

/**
 * Finds what a batch was about of which the stream has nothing left. Its pointers name no keys but the time, so these are
 * the items whose last change falls into that time; an item that was changed again later came with that change.
 * What was removed is not found so, nor an item whose `updatedAt` is none: comparing table and sinks finds them.
 * Reads the whole table once.
 *
 * @returns the items' present state, as records.
 * @throws TableTooLargeError; ContractViolationError for pointers that tell no time; the SDK's own errors.
 */
export async function changedWithin(
  dynamoDb: DynamoDBClient,
  tableName: string,
  range: Pick<StreamBatchInfo, 'approximateArrivalOfFirstRecord' | 'approximateArrivalOfLastRecord'>,
  signal: AbortSignal,
): Promise<readonly DynamoDBRecord[]> {
  const from = Date.parse(range.approximateArrivalOfFirstRecord) - SLACK_MS;
  const to = Date.parse(range.approximateArrivalOfLastRecord) + SLACK_MS;
  if (Number.isNaN(from) || Number.isNaN(to))
    throw new ContractViolationError('The pointers tell no time that can be read', [
      { path: 'DDBStreamBatchInfo', message: 'must tell when its records arrived' },
    ]);
  const window = marshall({ ':from': new Date(from).toISOString(), ':to': new Date(to).toISOString() });
  const records: DynamoDBRecord[] = [];
  const limit = pLimit(SEGMENTS);
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment);
  await Promise.all(
    segments.map((segment) =>
      limit(async () => {
        for await (const image of imagesOf(dynamoDb, tableName, window, segment, signal)) {
          if (records.length >= ITEMS_MAX)
            throw new TableTooLargeError(`More than ${ITEMS_MAX} items were changed at the time of a batch`);
          records.push(presentRecord(image));
        }
      }),
    ),
  );
  return records;
}

async function* imagesOf(
  dynamoDb: DynamoDBClient,
  tableName: string,
  window: Record<string, AttributeValue>,
  segment: number,
  abortSignal: AbortSignal,
): AsyncGenerator<Record<string, AttributeValue>> {
  let from: Record<string, AttributeValue> | undefined;
  for (let page = 0; page < PAGES_IN_SEGMENT_MAX; page += 1) {
    const answer = await dynamoDb.send(
      new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: SEGMENTS,
        FilterExpression: 'updatedAt BETWEEN :from AND :to',
        ExpressionAttributeValues: window,
        ExclusiveStartKey: from,
      }),
      { abortSignal },
    );
    yield* answer.Items ?? [];
    from = answer.LastEvaluatedKey;
    if (from === undefined) return;
  }
  throw new TableTooLargeError(`A quarter of the table is more than ${PAGES_IN_SEGMENT_MAX} pages`);
}
