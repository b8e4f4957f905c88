import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import type { StreamBatchInfo } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { type Image, scanSegment } from '../../dynamodb/scan-table.ts';
import { ContractViolationError, OrderStreamError } from '../../errors.ts';
import { currentRecord } from '../parse/current-record.ts';

/** Too much of the table was changed at the time of a batch. */
export class TableTooLargeError extends OrderStreamError {
  readonly code = 'table-too-large';
  readonly remedy =
    'Purge the letter, and compare the table with what the consumer keeps instead (npm run ops -- verify).';
}

/** How far the clock that writes `updatedAt` and the stream's may be apart, the time of a slow write included. */
const SLACK_MS = 5 * 60 * 1_000;
const SEGMENTS = 4;
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
  if (![from, to].every(isInstant))
    throw new ContractViolationError('The pointers tell no time that can be read', [
      { path: 'DDBStreamBatchInfo', message: 'must tell when its records arrived' },
    ]);
  const [first, last] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const isMeant = ({ updatedAt }: Image): boolean =>
    updatedAt?.S !== undefined && first <= updatedAt.S && updatedAt.S <= last;
  const records: DynamoDBRecord[] = [];
  const limit = pLimit(SEGMENTS);
  const read = async (segment: number): Promise<void> => {
    const scan = { tableName, segment, segments: SEGMENTS };
    for await (const { images } of scanSegment(dynamoDb, scan, signal)) {
      records.push(...images.filter(isMeant).map(currentRecord));
      if (records.length > ITEMS_MAX)
        throw new TableTooLargeError(`More than ${ITEMS_MAX} items were changed at the time of a batch`);
    }
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => limit(read, segment)));
  return records;
}

const isInstant = (ms: number): boolean => !Number.isNaN(new Date(ms).getTime());
