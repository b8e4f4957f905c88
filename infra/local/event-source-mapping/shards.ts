import { DescribeStreamCommand, type DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { OrderStreamError } from '../../../pipelines/core/errors.ts';

/** A shard of a stream as it was last described. */
export interface StreamShard {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
  /** Whether no record will be added any more. */
  readonly isClosed: boolean;
}

/** What a stream is made of. */
export interface StreamLayout {
  readonly hashKeyName: string;
  readonly shards: readonly StreamShard[];
}

/** A description of a stream without what every stream has. */
export class IncompleteStreamDescriptionError extends OrderStreamError {
  readonly code = 'incomplete-stream-description';
  readonly remedy = 'Check that the ARN is that of a DynamoDB stream and that the endpoint is DynamoDB.';
}

const PAGES_MAX = 10_000;

/**
 * Describes all shards of a stream, page by page.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html.
 *
 * @throws ResourceNotFoundException when there is no such stream.
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
 * The shards that may be read now: those whose parent is handled to its end, or has left the stream with all its records.
 * Reading a parent before its children keeps the records of an item in order across a split.
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
