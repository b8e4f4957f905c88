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
  | { readonly from: 'after'; readonly sequenceNumber: string };

/** The result of one read. */
export interface ShardPage {
  /** In the shard's order, without records that were read before. */
  readonly records: readonly SdkRecord[];
  /** Whether the shard is closed and has no further records. */
  readonly isClosed: boolean;
}

/** The most records of one GetRecords request. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html. */
const PAGE_RECORDS_MAX = 1_000;

/**
 * Reads one shard page by page. After an error, the next read requests a new iterator after the last record that was read: iterators
 * expire after 15 minutes, and DynamoDB Local loses some sooner. If this position is trimmed, it continues at the oldest record.
 * DynamoDB Local can repeat records; repeats are skipped.
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

  /** @throws the error of the streams API. The next call resumes. */
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
      if (error instanceof TrimmedDataAccessException) this.#skipTrimmed();
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

  #skipTrimmed(): void {
    this.#log.warn('Records were trimmed before they were read; continuing at the oldest record', {
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

/** The dependencies of {@link readPage}. */
export interface PageReading {
  readonly shardId: string;
  readonly reader: Pick<ShardReader, 'read'>;
  /** Describes the stream again. @returns whether it still has the shard. */
  readonly isInStream: (signal: AbortSignal) => Promise<boolean>;
  readonly tuning: MappingTuning;
  readonly log: MappingLog;
}

/**
 * Reads the next page of a shard; `undefined` if the read failed and a retry may succeed. A shard that is no longer in the stream is
 * at its end, even if it had unread records.
 *
 * @throws the signal's reason if it aborts.
 */
export async function readPage(reading: PageReading, signal: AbortSignal): Promise<ShardPage | undefined> {
  const { reader, tuning, log, shardId } = reading;
  const withTimeout = AbortSignal.any([signal, AbortSignal.timeout(tuning.requestTimeoutMs)]);
  try {
    return await reader.read(withTimeout);
  } catch (error) {
    signal.throwIfAborted();
    log.warn('A shard could not be read; continuing after the last record', { shardId, error });
    if (!(error instanceof ResourceNotFoundException) || (await isStillInStream(reading, withTimeout)))
      return undefined;
    log.error('A shard was removed from the stream before it was read to its end', { shardId });
    return { records: [], isClosed: true };
  }
}

/** DynamoDB Local sometimes reports an existing shard as not found, so this is checked against the stream's description. */
async function isStillInStream({ isInStream, log }: PageReading, signal: AbortSignal): Promise<boolean> {
  try {
    return await isInStream(signal);
  } catch (error) {
    log.warn('The stream could not be described', { error });
    return true;
  }
}
