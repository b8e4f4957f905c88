import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';
import type { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { read } from '../../../contracts/reading.ts';
import { unmarshal } from '../../dynamodb/unmarshal.ts';
import { type FailureReason, failureReason } from '../../errors.ts';
import { recordKey } from '../../stream/record-facts.ts';
import { readCurrent } from '../parse/current-record.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import type { Origin } from '../parse/records-to-replay.ts';
import { readStreamRange } from '../parse/stream-range.ts';

/** One record of a dead letter, decoded for a person. Holds personal data. */
export interface RecordDetails {
  readonly from: Origin;
  readonly key: ItemKey | undefined;
  readonly eventName: string | undefined;
  readonly oldImage: unknown;
  readonly newImage: unknown;
  /** What the table holds under the key now; `undefined` where it holds nothing. */
  readonly current: unknown;
}

/** The contents of a dead letter. */
export interface DeadLetterDetails {
  /** Why a consumer put it there, or why the records that Lambda points to cannot be read; else `undefined`. */
  readonly reason: FailureReason | undefined;
  /** Lambda's invocation records of the discarded batches. */
  readonly batches: readonly object[];
  readonly records: readonly RecordDetails[];
  /** How many records it has beyond those. */
  readonly recordsRemaining: number;
  /** Whether the stream has trimmed some, for which only a replay reads the current state from the table. */
  readonly isTrimmed: boolean;
}

/** Where a dead letter's records are read. */
export interface DetailsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly streams: DynamoDBStreamsClient;
}

const RECORDS_MAX = 20;
const Shown = z.object({
  eventName: z.string().optional().catch(undefined),
  dynamodb: z.object({ OldImage: z.unknown().optional(), NewImage: z.unknown().optional() }),
});

/** Decodes a dead letter and reads the current state from the table. @throws the SDK's own errors. */
export async function deadLetterDetails(
  { contents }: DeadLetter,
  deps: DetailsDeps,
  signal: AbortSignal,
): Promise<DeadLetterDetails> {
  if (contents.kind === 'test-event' || contents.kind === 'unreadable')
    return { reason: undefined, batches: [], records: [], recordsRemaining: 0, isTrimmed: false };
  if (contents.kind === 'record') {
    const records = [await detailsOf(contents.record, contents.from, deps, signal)];
    return {
      reason: contents.deadLetter.reason,
      batches: [],
      records,
      recordsRemaining: 0,
      isTrimmed: false,
    };
  }
  const found: { readonly record: unknown; readonly from: Origin }[] = [];
  let isTrimmed = false;
  let reason: FailureReason | undefined;
  for (const { failure, payload } of contents.batches) {
    if (payload !== undefined)
      found.push(...payload.records.map((record) => ({ record, from: payload.from })));
    else {
      const inStream = await inStreamOf(failure, deps, signal);
      if (inStream === undefined) isTrimmed = true;
      else if ('code' in inStream) reason = inStream;
      else found.push(...inStream.map((record) => ({ record, from: 'stream' as const })));
    }
  }
  const shown = found.slice(0, RECORDS_MAX);
  return {
    reason,
    batches: contents.batches.map(({ failure: { payload: _, ...failure } }) => failure),
    records: await Promise.all(shown.map(({ record, from }) => detailsOf(record, from, deps, signal))),
    recordsRemaining: found.length - shown.length,
    isTrimmed,
  };
}

/** The records that pointers name; `undefined` where they are trimmed, or the reason why they cannot be read: an unreadable range does not fail the others. */
async function inStreamOf(
  { DDBStreamBatchInfo }: LambdaOnFailure,
  { streams }: DetailsDeps,
  signal: AbortSignal,
): Promise<readonly unknown[] | FailureReason | undefined> {
  try {
    return await readStreamRange(streams, DDBStreamBatchInfo, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const { code } = failureReason(error);
    return { code, message: 'The records that it points to cannot be read', issues: [] };
  }
}

async function detailsOf(
  record: unknown,
  from: Origin,
  { dynamoDb, tableName }: DetailsDeps,
  signal: AbortSignal,
): Promise<RecordDetails> {
  const shown = read(Shown, record).data;
  const key = recordKey(record);
  const current = key && (await readCurrent(dynamoDb, tableName, key, signal));
  return {
    from,
    key,
    eventName: shown?.eventName,
    oldImage: plain(shown?.dynamodb.OldImage),
    newImage: plain(shown?.dynamodb.NewImage),
    current: plain(current?.dynamodb?.NewImage),
  };
}

/** An image as plain values; unchanged where it is no image, so that a person sees what is wrong with it. */
const plain = (image: unknown): unknown =>
  typeof image === 'object' && image !== null && !Array.isArray(image) ? unmarshal(image) : image;
