import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ResourceNotFoundException,
  type _Record as SdkRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { compareSequenceNumbers } from '../../../pipelines/stream/lambda-record.ts';
import type { MappingLog } from './activity.ts';
import type { MappingTuning } from './settings.ts';

/** Where the reading of a shard begins. */
export type ReadPosition =
  | { readonly from: 'TRIM_HORIZON' }
  | { readonly from: 'LATEST' }
  | { readonly from: 'after'; readonly sequenceNumber: string };

/** What one read found. */
export interface ShardPage {
  /** In the shard's order; none that was read before. */
  readonly records: readonly SdkRecord[];
  /** Whether the shard has no more records and will have none. */
  readonly isClosed: boolean;
}

/** The most that GetRecords gives at once. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html. */
const PAGE_RECORDS_MAX = 1_000;

/**
 * Reads one shard page by page. After any error the next read gets itself a new iterator behind the last record that was
 * read: iterators expire after 15 minutes, and DynamoDB Local loses some sooner. Where even that position is
 * trimmed away, it goes on at the oldest record there is. DynamoDB Local can repeat records; repeats are left out.
 */
export class ShardReader {
  readonly #streams: DynamoDBStreamsClient;
  readonly #streamArn: string;
  readonly #shardId: string;
  readonly #log: MappingLog;
  #position: ReadPosition;
  #lastRead: string | undefined;
  #iterator: string | undefined;

  constructor(
    streams: DynamoDBStreamsClient,
    shard: { readonly streamArn: string; readonly shardId: string; readonly position: ReadPosition },
    log: MappingLog,
  ) {
    this.#streams = streams;
    this.#streamArn = shard.streamArn;
    this.#shardId = shard.shardId;
    this.#position = shard.position;
    this.#lastRead = shard.position.from === 'after' ? shard.position.sequenceNumber : undefined;
    this.#log = log;
  }

  /** @throws what the streams API answers; the next call resumes. */
  async read(signal: AbortSignal): Promise<ShardPage> {
    try {
      this.#iterator ??= await this.#newIterator(signal);
      const page = await this.#streams.send(
        new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: PAGE_RECORDS_MAX }),
        { abortSignal: signal },
      );
      this.#iterator = page.NextShardIterator;
      return { records: this.#withoutRepeats(page.Records ?? []), isClosed: this.#iterator === undefined };
    } catch (error) {
      this.#iterator = undefined;
      if (error instanceof TrimmedDataAccessException) this.#skipWhatWasTrimmed();
      throw error;
    }
  }

  async #newIterator(signal: AbortSignal): Promise<string | undefined> {
    const { ShardIterator } = await this.#streams.send(
      new GetShardIteratorCommand({
        StreamArn: this.#streamArn,
        ShardId: this.#shardId,
        ...iteratorType(this.#position),
      }),
      { abortSignal: signal },
    );
    return ShardIterator;
  }

  #withoutRepeats(records: readonly SdkRecord[]): readonly SdkRecord[] {
    return records.filter(({ dynamodb }) => {
      const sequenceNumber = dynamodb?.SequenceNumber;
      if (sequenceNumber === undefined) return true;
      if (this.#lastRead !== undefined && compareSequenceNumbers(sequenceNumber, this.#lastRead) <= 0)
        return false;
      this.#lastRead = sequenceNumber;
      this.#position = { from: 'after', sequenceNumber };
      return true;
    });
  }

  #skipWhatWasTrimmed(): void {
    this.#log.warn('Records were trimmed before they were read; going on at the oldest one left', {
      shardId: this.#shardId,
      lastRead: this.#lastRead,
    });
    this.#position = { from: 'TRIM_HORIZON' };
  }
}

function iteratorType(
  position: ReadPosition,
): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'> {
  return position.from === 'after'
    ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.sequenceNumber }
    : { ShardIteratorType: position.from };
}

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
