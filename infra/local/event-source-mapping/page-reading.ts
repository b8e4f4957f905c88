import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb-streams';
import type { MappingLog } from './mapping-log.ts';
import type { ShardPage, ShardReader } from './shard-reader.ts';
import type { MappingTuning } from './tuning.ts';

/** What the reading of a page takes from outside. */
export interface PageReading {
  readonly shardId: string;
  readonly reader: Pick<ShardReader, 'read'>;
  /** Whether the stream, described anew, still has the shard. */
  readonly isInStream: (signal: AbortSignal) => Promise<boolean>;
  readonly tuning: MappingTuning;
  readonly log: MappingLog;
}

/**
 * Reads the next page of a shard; `undefined` when that failed and the next try may succeed. A shard that has left the
 * stream is at its end, whatever was still in it.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function readPage(reading: PageReading, signal: AbortSignal): Promise<ShardPage | undefined> {
  const { reader, tuning, log, shardId } = reading;
  const withTimeout = AbortSignal.any([signal, AbortSignal.timeout(tuning.requestTimeoutMs)]);
  try {
    return await reader.read(withTimeout);
  } catch (error) {
    signal.throwIfAborted();
    log.warn('A shard could not be read; going on behind the last record', { shardId, error });
    if (!(error instanceof ResourceNotFoundException) || (await isStillInStream(reading, withTimeout)))
      return undefined;
    log.error('A shard has left the stream before it was read to its end', { shardId });
    return { records: [], isClosed: true };
  }
}

/** DynamoDB Local denies shards that are there, so its word is checked against the stream's description. */
async function isStillInStream({ isInStream, log }: PageReading, signal: AbortSignal): Promise<boolean> {
  try {
    return await isInStream(signal);
  } catch (error) {
    log.warn('The stream could not be described', { error });
    return true;
  }
}
