import type { DynamoDBRecord } from 'aws-lambda';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../contracts/units.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** A stream record on its way from the shard to the function. */
export interface WaitingRecord {
  readonly sequenceNumber: string;
  /** The item's full key as JSON. Records of one item stay in order, and no others do. */
  readonly itemKey: string;
  readonly arrivedAtMs: number;
  /** The bytes that the record adds to the JSON of an event. */
  readonly sizeBytes: number;
  readonly record: DynamoDBRecord;
}

/** A record lacks what every stream record has. */
export class MalformedStreamRecordError extends OrderStreamError {
  readonly code = 'malformed-stream-record';
  readonly remedy =
    'Check that the stream has the view type NEW_AND_OLD_IMAGES and that the endpoint is DynamoDB.';
}

/**
 * Extracts what delivery needs of a record. A record without a creation time counts as created at `nowMs`.
 *
 * @throws MalformedStreamRecordError for a record without a sequence number or hash key.
 */
export function toWaitingRecord(record: DynamoDBRecord, hashKeyName: string, nowMs: number): WaitingRecord {
  const {
    SequenceNumber: sequenceNumber,
    Keys,
    ApproximateCreationDateTime: createdAt,
  } = record.dynamodb ?? {};
  const hashKey = Keys?.[hashKeyName];
  if (sequenceNumber === undefined || hashKey === undefined)
    throw new MalformedStreamRecordError(
      `A stream record lacks its sequence number or its key ${hashKeyName}`,
    );
  return {
    sequenceNumber,
    itemKey: JSON.stringify(Object.entries(Keys ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    arrivedAtMs: createdAt === undefined ? nowMs : latestArrivalMs(createdAt * MS_PER_SECOND, nowMs),
    sizeBytes: Buffer.byteLength(JSON.stringify(record)),
    record,
  };
}

/**
 * DynamoDB Local rounds times down to the minute, DynamoDB to the second. If a time is an exact minute, the actual time may be up to a
 * minute later, but not later than the read. A record must not be given up before it reaches the age.
 */
function latestArrivalMs(createdAtMs: number, nowMs: number): number {
  if (createdAtMs % MS_PER_MINUTE !== 0) return createdAtMs;
  return Math.max(createdAtMs, Math.min(nowMs, createdAtMs + MS_PER_MINUTE));
}

const NO_BOUND = -1;

/**
 * How many records, from the first of the batch, are older than the mapping allows. Records of a shard are in the order of arrival, so
 * the old ones come first, and the rest is still sent.
 * See https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (MaximumRecordAgeInSeconds).
 */
export function countTooOld(
  records: readonly WaitingRecord[],
  maximumRecordAgeInSeconds: number,
  nowMs: number,
): number {
  if (maximumRecordAgeInSeconds === NO_BOUND) return 0;
  const oldestMs = nowMs - maximumRecordAgeInSeconds * MS_PER_SECOND;
  const firstYoung = records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= oldestMs);
  return firstYoung === -1 ? records.length : firstYoung;
}
