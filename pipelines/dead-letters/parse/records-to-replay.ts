import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';
import type { StreamBatchInfo } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { filteredOut } from '../../../contracts/entities/entities.ts';
import { read } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { recordKey } from '../../stream/record-facts.ts';
import type { Contents, DiscardedBatch } from './dead-letter.ts';
import { readStreamRange } from './stream-range.ts';

const Image = z
  .looseObject({ entityType: z.object({ S: z.string() }).optional().catch(undefined) })
  .optional();
const Images = z.object({ dynamodb: z.object({ NewImage: Image, OldImage: Image }) });

/**
 * Whether a consumer's event source mapping filters a record out, although the shard holds it: both its type and its sort key
 * are filtered. A test compares it with the filters in infra/template.yaml.
 */
export function isFilteredOut(consumer: ConsumerName, record: unknown): boolean {
  const keys = filteredOut(consumer).map(({ key }) => key);
  const images = read(Images, record).data?.dynamodb;
  const type = (images?.NewImage ?? images?.OldImage)?.entityType?.S;
  const sortKey = recordKey(record)?.sk;
  return keys.some(({ entityType }) => entityType === type) && keys.some(({ sk }) => sk.prefix === sortKey);
}

/** Where the records of a dead letter come from. `table`: the stream no longer has them, so they are the items' current state. */
export type Origin = 'payload' | 'bucket' | 'stream' | 'table';

/** Records to replay, of one origin. */
export interface OriginatedRecords {
  readonly from: Origin;
  readonly records: readonly unknown[];
}

/** The dependencies for pointers. */
export interface PointerDeps {
  readonly streams: DynamoDBStreamsClient;
  /** Replaces records that the stream has trimmed. */
  readonly whenTrimmed: (range: StreamBatchInfo, signal: AbortSignal) => Promise<readonly unknown[]>;
}

/** The records of a dead letter. Fails as {@link readStreamRange} and `whenTrimmed` do. */
export async function recordsToReplay(
  contents: Extract<Contents, { kind: 'record' | 'batches' }>,
  consumer: ConsumerName,
  deps: PointerDeps,
  signal: AbortSignal,
): Promise<readonly OriginatedRecords[]> {
  if (contents.kind === 'record') return [{ from: contents.from, records: [contents.record] }];
  const read: OriginatedRecords[] = [];
  for (const batch of contents.batches) read.push(await recordsOf(batch, consumer, deps, signal));
  return read;
}

async function recordsOf(
  { failure, payload }: DiscardedBatch,
  consumer: ConsumerName,
  { streams, whenTrimmed }: PointerDeps,
  signal: AbortSignal,
): Promise<OriginatedRecords> {
  if (payload !== undefined) return payload;
  const range = failure.DDBStreamBatchInfo;
  const inStream = await readStreamRange(streams, range, signal);
  const records = inStream ?? (await whenTrimmed(range, signal));
  return {
    from: inStream === undefined ? 'table' : 'stream',
    records: records.filter((record) => !isFilteredOut(consumer, record)),
  };
}
