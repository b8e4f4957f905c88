import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';

/**
 * A record of the streams API in the form that Lambda passes to functions: binary as base64, times as seconds, the
 * identity's fields in lower case. See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export function toLambdaRecord(record: SdkRecord, streamArn: string): DynamoDBRecord {
  const { dynamodb, userIdentity } = record;
  const { ApproximateCreationDateTime: createdAt, Keys, NewImage, OldImage, ...rest } = dynamodb ?? {};
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    dynamodb: {
      ...(createdAt === undefined
        ? {}
        : { ApproximateCreationDateTime: createdAt.getTime() / MS_PER_SECOND }),
      ...(Keys === undefined ? {} : { Keys: toLambdaImage(Keys) }),
      ...(NewImage === undefined ? {} : { NewImage: toLambdaImage(NewImage) }),
      ...(OldImage === undefined ? {} : { OldImage: toLambdaImage(OldImage) }),
      ...rest,
    },
    eventSourceARN: streamArn,
    ...(userIdentity === undefined
      ? {}
      : { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  };
}

type Image = Record<string, AttributeValue>;

/** An item of the SDK in the form that it has in Lambda's records. */
// The two unions of attribute values differ only in binaries, which the function below turns into base64.
export const toLambdaImage = (image: object): Image => withBase64(image) as Image;

function withBase64(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(withBase64);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBase64(inner)]));
}

/** The ids of a record, also when nothing else of it can be read; empty strings where they are missing. */
export interface RecordIdentity {
  readonly eventId: string;
  readonly sequenceNumber: string;
}

const Named = z.object({
  eventID: z.string().catch(''),
  dynamodb: z.object({ SequenceNumber: z.string().catch('') }).catch({ SequenceNumber: '' }),
});

/** Reads a record's event id and sequence number without a check of the rest. */
export function recordIdentity(raw: unknown): RecordIdentity {
  const named = read(Named, raw);
  if (!named.success) return { eventId: '', sequenceNumber: '' };
  const sequenceNumber = named.data.dynamodb.SequenceNumber;
  return { eventId: named.data.eventID || sequenceNumber, sequenceNumber };
}

const Timed = z.object({ dynamodb: z.object({ ApproximateCreationDateTime: z.number() }) });

/** When a record was written to the table, to the second; `undefined` where it has no time. */
export function recordTime(raw: unknown): Date | undefined {
  const timed = read(Timed, raw);
  return timed.success ? timeOfSeconds(timed.data.dynamodb.ApproximateCreationDateTime) : undefined;
}

/** The end of the year 9999: the last time that ISO 8601 writes with four digits. */
const SECONDS_MAX = 253_402_300_799;

/** A time in epoch seconds, as records have it; `undefined` where there is none, or a number that is no time. */
export const timeOfSeconds = (seconds: number | undefined): Date | undefined =>
  seconds === undefined || seconds < 0 || seconds > SECONDS_MAX
    ? undefined
    : new Date(seconds * MS_PER_SECOND);

/**
 * Orders sequence numbers of one shard: digits of any count, compared as numbers.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html.
 */
export function compareSequenceNumbers(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
