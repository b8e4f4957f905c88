import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamBatchInfo } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { TransientError } from '../../errors.ts';
import { compareSequenceNumbers, toLambdaRecord } from '../../stream/lambda-record.ts';

/** The stream returned page after page without the end of the range. */
export class StreamRangeUnfinishedError extends TransientError {
  override readonly code = 'stream-range-unfinished';
  override readonly remedy = 'Replay the dead letter again: the stream did not reach the end of its range.';
}

/** A shard that is still written to returns empty pages without end; the range of a batch is on a few pages. */
const PAGES_MAX = 1_000;

/**
 * Reads the records that Lambda's pointers name, from the first to the last, in the form that Lambda delivers them. They
 * include those that the mapping's filters exclude.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html.
 *
 * @returns `undefined` when the stream, which keeps records for 24 hours, no longer has all of them.
 * @throws StreamRangeUnfinishedError, or the SDK's own errors.
 */
export async function readStreamRange(
  streams: DynamoDBStreamsClient,
  range: StreamBatchInfo,
  signal: AbortSignal,
): Promise<readonly DynamoDBRecord[] | undefined> {
  try {
    const records = await read(streams, range, signal);
    const first = records[0]?.dynamodb?.SequenceNumber;
    return first === undefined || isAfter(first, range.startSequenceNumber) ? undefined : records;
  } catch (error) {
    if (error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException)
      return undefined;
    throw error;
  }
}

async function read(
  streams: DynamoDBStreamsClient,
  { streamArn, shardId, startSequenceNumber, endSequenceNumber }: StreamBatchInfo,
  abortSignal: AbortSignal,
): Promise<readonly DynamoDBRecord[]> {
  const retry = { policy: CONFLICT_RETRY, signal: abortSignal };
  const start = new GetShardIteratorCommand({
    StreamArn: streamArn,
    ShardId: shardId,
    ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    SequenceNumber: startSequenceNumber,
  });
  let { ShardIterator } = await withRetry(() => streams.send(start, { abortSignal }), retry);
  const records: DynamoDBRecord[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    if (ShardIterator === undefined) return records;
    const next = new GetRecordsCommand({ ShardIterator });
    const response = await withRetry(() => streams.send(next, { abortSignal }), retry);
    for (const record of response.Records ?? []) {
      const sequenceNumber = record.dynamodb?.SequenceNumber ?? '';
      if (isAfter(sequenceNumber, endSequenceNumber)) return records;
      records.push(toLambdaRecord(record, streamArn));
      if (sequenceNumber === endSequenceNumber) return records;
    }
    ShardIterator = response.NextShardIterator;
  }
  throw new StreamRangeUnfinishedError(`The end of a batch was not within ${PAGES_MAX} pages of its shard`);
}

const isAfter = (left: string, right: string): boolean => compareSequenceNumbers(left, right) > 0;
