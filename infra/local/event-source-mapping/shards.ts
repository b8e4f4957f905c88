import { DescribeStreamCommand, type DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** A shard in the last description of a stream. */
export interface StreamShard {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
  /** Whether no further records will be added. */
  readonly isClosed: boolean;
}

/** The shards of a stream and the hash key of its table. */
export interface StreamLayout {
  readonly hashKeyName: string;
  readonly shards: readonly StreamShard[];
}

/** The description of a stream lacks what every stream has. */
export class IncompleteStreamDescriptionError extends OrderStreamError {
  readonly code = 'incomplete-stream-description';
  readonly remedy = 'Check that the ARN is that of a DynamoDB stream and that the endpoint is DynamoDB.';
}

const PAGES_MAX = 10_000;

/**
 * Describes all shards of a stream, page by page.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html.
 *
 * @throws ResourceNotFoundException if the stream does not exist.
 */
export async function describeStream(
  streams: DynamoDBStreamsClient,
  streamArn: string,
  signal: AbortSignal,
): Promise<StreamLayout> {
  const shards: StreamShard[] = [];
  let startAfter: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { StreamDescription: description } = await streams.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: startAfter }),
      { abortSignal: signal },
    );
    for (const shard of description?.Shards ?? []) {
      if (shard.ShardId === undefined) continue;
      shards.push({
        shardId: shard.ShardId,
        parentShardId: shard.ParentShardId,
        isClosed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
      });
    }
    startAfter = description?.LastEvaluatedShardId;
    if (startAfter === undefined)
      return { hashKeyName: hashKeyOf(description?.KeySchema, streamArn), shards };
  }
  throw new IncompleteStreamDescriptionError(`The description of ${streamArn} does not end`);
}

function hashKeyOf(
  keySchema: readonly { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined,
  streamArn: string,
): string {
  const name = keySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
  if (name === undefined)
    throw new IncompleteStreamDescriptionError(`The description of ${streamArn} has no hash key`);
  return name;
}

/**
 * The shards that may be read now: those whose parent is handled to its end, or is no longer in the stream. A parent is read before
 * its children, which keeps the records of an item in order across a split.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html.
 */
export function readableShards(
  shards: readonly StreamShard[],
  isFinished: (shardId: string) => boolean,
): readonly StreamShard[] {
  const described = new Set(shards.map(({ shardId }) => shardId));
  return shards.filter(
    ({ shardId, parentShardId }) =>
      !isFinished(shardId) &&
      (parentShardId === undefined || !described.has(parentShardId) || isFinished(parentShardId)),
  );
}

/** The status of one shard, for operators. */
export interface ShardStatus {
  readonly shardId: string;
  /** `reading`: open; `draining`: closed, its last records are being processed; `finished`: handled to its end. */
  readonly state: 'reading' | 'draining' | 'finished';
  /** The last record before the lowest unhandled one; `undefined` before the first. */
  readonly checkpoint: string | undefined;
  /** Records that were read and are not handled, including those of invocations in progress. */
  readonly recordsWaiting: number;
  /** The age in milliseconds of the oldest record that was read and is not handled; 0 if there is none. */
  readonly millisBehind: number;
  readonly invocationsInProgress: number;
  /** The most retries of a batch in progress. */
  readonly retries: number;
}

/**
 * How far a shard is handled, while its lanes finish records out of order. The checkpoint is the last record before the lowest
 * unhandled one, so that a restart may repeat records but never skips one.
 */
export class ShardProgress {
  /** Whether each record that was read past the checkpoint is handled, by sequence number, in the shard's order. */
  readonly #isHandled = new Map<string, boolean>();
  #checkpoint: string | undefined;

  /** @param resumedAfter the checkpoint of an earlier run, after which this run continues. */
  constructor(resumedAfter?: string) {
    this.#checkpoint = resumedAfter;
  }

  /** Every record up to and including this one is handled; `undefined` before the first. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  /** How many records were read past the checkpoint. */
  get ahead(): number {
    return this.#isHandled.size;
  }

  /** Notes a record that was read. Records must be noted in the shard's order, each once. */
  noteRead(sequenceNumber: string): void {
    this.#isHandled.set(sequenceNumber, false);
  }

  /**
   * Notes records that are handled, each once: by the function, the on-failure destination or the filter.
   *
   * @returns the new checkpoint, if it moved.
   */
  noteHandled(sequenceNumbers: Iterable<string>): string | undefined {
    for (const sequenceNumber of sequenceNumbers) this.#isHandled.set(sequenceNumber, true);
    let moved: string | undefined;
    for (const [sequenceNumber, isHandled] of this.#isHandled) {
      if (!isHandled) break;
      this.#isHandled.delete(sequenceNumber);
      moved = sequenceNumber;
    }
    this.#checkpoint = moved ?? this.#checkpoint;
    return moved;
  }
}
