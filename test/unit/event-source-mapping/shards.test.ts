import { describe, expect, it } from 'vitest';
import {
  describeStream,
  IncompleteStreamDescriptionError,
  readableShards,
  type StreamShard,
} from '../../../infra/local/event-source-mapping/shards.ts';
import { scriptedStreams } from '../../builders/stream/scripted-streams.ts';
import { STREAM_ARN } from '../../builders/stream/stream-record.ts';

const { signal } = new AbortController();
const KeySchema = [
  { AttributeName: 'sk', KeyType: 'RANGE' },
  { AttributeName: 'pk', KeyType: 'HASH' },
];
const described = (page: object) => ({ StreamDescription: { KeySchema, ...page } });

describe('the description of a stream', () => {
  it('has each shard with its parent, and whether it is closed', async () => {
    const { client } = scriptedStreams(
      described({
        Shards: [
          { ShardId: 'open', ParentShardId: 'closed', SequenceNumberRange: { StartingSequenceNumber: '3' } },
          {
            ShardId: 'closed',
            SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '2' },
          },
          { ShardId: 'without a range' },
        ],
      }),
    );
    expect((await describeStream(client, STREAM_ARN, signal)).shards).toEqual([
      { shardId: 'open', parentShardId: 'closed', isClosed: false },
      { shardId: 'closed', parentShardId: undefined, isClosed: true },
      { shardId: 'without a range', parentShardId: undefined, isClosed: false },
    ]);
  });

  it('continues after the last shard of each page', async () => {
    const { client, sent } = scriptedStreams(
      described({ Shards: [{ ShardId: 'one' }], LastEvaluatedShardId: 'one' }),
      described({ Shards: [{ ShardId: 'two' }] }),
    );
    const { shards } = await describeStream(client, STREAM_ARN, signal);
    expect(shards.map(({ shardId }) => shardId)).toEqual(['one', 'two']);
    expect(sent.map(({ input }) => input)).toEqual([
      { StreamArn: STREAM_ARN, ExclusiveStartShardId: undefined },
      { StreamArn: STREAM_ARN, ExclusiveStartShardId: 'one' },
    ]);
  });

  it('is asked for under the caller’s signal', async () => {
    const { client, sent } = scriptedStreams(described({}));
    await describeStream(client, STREAM_ARN, signal);
    expect(sent[0]?.signal).toBe(signal);
  });

  it('names the hash key', async () => {
    const { client } = scriptedStreams(described({}));
    expect(await describeStream(client, STREAM_ARN, signal)).toEqual({ hashKeyName: 'pk', shards: [] });
  });

  it('leaves a shard without an id out', async () => {
    const { client } = scriptedStreams(described({ Shards: [{ ParentShardId: 'one' }] }));
    expect((await describeStream(client, STREAM_ARN, signal)).shards).toEqual([]);
  });

  it.each([
    ['no hash key', described({ KeySchema: [{ AttributeName: 'sk', KeyType: 'RANGE' }] })],
    ['no key', described({ KeySchema: undefined })],
    ['no stream', {}],
  ])('is incomplete with %s', async (_name, response) => {
    const { client } = scriptedStreams(response);
    await expect(describeStream(client, STREAM_ARN, signal)).rejects.toThrow(
      IncompleteStreamDescriptionError,
    );
  });

  it('is not followed over more than 10,000 pages', async () => {
    const pages = Array.from({ length: 10_001 }, (_, n) => described({ LastEvaluatedShardId: `shard-${n}` }));
    const { client, sent } = scriptedStreams(...pages);
    await expect(describeStream(client, STREAM_ARN, signal)).rejects.toThrow('does not end');
    expect(sent).toHaveLength(10_000);
  });
});

describe('the shards that may be read', () => {
  const shard = (shardId: string, parentShardId?: string): StreamShard => ({
    shardId,
    parentShardId,
    isClosed: false,
  });
  const readable = (shards: readonly StreamShard[], ...finished: string[]) =>
    readableShards(shards, (id) => finished.includes(id)).map(({ shardId }) => shardId);

  it('have no parent, or one that is no longer in the stream', () => {
    expect(readable([shard('root'), shard('orphan', 'gone')])).toEqual(['root', 'orphan']);
  });

  it('wait for their parent to be finished', () => {
    const family = [shard('parent'), shard('child', 'parent')];
    expect([readable(family), readable(family, 'parent')]).toEqual([['parent'], ['child']]);
  });

  it('are not finished', () => {
    expect(readable([shard('done'), shard('todo')], 'done')).toEqual(['todo']);
  });
});
