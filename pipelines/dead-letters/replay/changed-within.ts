import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import type { StreamBatchInfo } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { type Image, scanSegment } from '../../dynamodb/scan-table.ts';
import { ContractViolationError, OrderStreamError } from '../../errors.ts';
import { currentRecord } from '../parse/current-record.ts';

/** Too many items were changed at the time of a batch. */
export class TableTooLargeError extends OrderStreamError {
  readonly code = 'table-too-large';
  readonly remedy =
    'Purge the dead letter, and compare the table with the data of the consumer instead (npm run ops -- verify).';
}

/** The maximum difference between the clock that writes `updatedAt` and the stream's, the time of a slow write included. */
const SLACK_MS = 5 * 60 * 1_000;
const SEGMENTS = 4;
const ITEMS_MAX = 50_000;

/**
 * Finds the items of a batch that the stream has trimmed. Its pointers name no keys but the time, so these are
 * the items whose last change is in that time; an item that was changed again later was delivered with that change.
 * It does not find removed items, nor an item with an invalid `updatedAt`: a comparison of table and sinks finds them.
 * Reads the complete table once.
 *
 * @returns the items' current state, as records.
 * @throws TableTooLargeError; ContractViolationError for pointers without a time; the SDK's own errors.
 */
export async function changedWithin(
  dynamoDb: DynamoDBClient,
  tableName: string,
  range: Pick<StreamBatchInfo, 'approximateArrivalOfFirstRecord' | 'approximateArrivalOfLastRecord'>,
  signal: AbortSignal,
): Promise<readonly DynamoDBRecord[]> {
  const from = Date.parse(range.approximateArrivalOfFirstRecord) - SLACK_MS;
  const to = Date.parse(range.approximateArrivalOfLastRecord) + SLACK_MS;
  if (![from, to].every(isInstant))
    throw new ContractViolationError('The pointers have no time that can be read', [
      { path: 'DDBStreamBatchInfo', message: 'must have the arrival times of its records' },
    ]);
  const [first, last] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const isInRange = ({ updatedAt }: Image): boolean =>
    updatedAt?.S !== undefined && first <= updatedAt.S && updatedAt.S <= last;
  const records: DynamoDBRecord[] = [];
  const limit = pLimit(SEGMENTS);
  const read = async (segment: number): Promise<void> => {
    const scan = { tableName, segment, segments: SEGMENTS };
    for await (const { images } of scanSegment(dynamoDb, scan, signal)) {
      records.push(...images.filter(isInRange).map(currentRecord));
      if (records.length > ITEMS_MAX)
        throw new TableTooLargeError(`More than ${ITEMS_MAX} items were changed at the time of a batch`);
    }
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => limit(read, segment)));
  return records;
}

const isInstant = (ms: number): boolean => !Number.isNaN(new Date(ms).getTime());
