import { TrimmedDataAccessException } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from 'vitest';
import { type ReadPosition, ShardReader } from '../../../infra/local/event-source-mapping/shard-reader.ts';
import { KeptLog } from '../../builders/stream/event-source-mapping.ts';
import { scriptedStreams } from '../../builders/stream/scripted-streams.ts';
import { STREAM_ARN } from '../../builders/stream/stream-record.ts';

const { signal } = new AbortController();
const iterator = (ShardIterator: string) => ({ ShardIterator });
const record = (SequenceNumber?: string): { dynamodb?: { SequenceNumber?: string } } => ({
  dynamodb: SequenceNumber === undefined ? {} : { SequenceNumber },
});
const page = (NextShardIterator: string | undefined, ...sequenceNumbers: string[]) => ({
  NextShardIterator,
  Records: sequenceNumbers.map(record),
});
const trimmed = new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });

/** A reader that gets these responses, and reads until it has them all. */
async function readAll(position: ReadPosition, ...responses: object[]) {
  const { client, sent } = scriptedStreams(...responses);
  const log = new KeptLog();
  const reader = new ShardReader(client, { streamArn: STREAM_ARN, shardId: 'shard', position }, log);
  const reads: unknown[] = [];
  while (sent.length < responses.length) {
    const read = await reader.read(signal).catch((error: unknown) => error);
    reads.push(
      read instanceof Error || typeof read !== 'object' || read === null || !('records' in read)
        ? read
        : {
            ...read,
            records: (read.records as ReturnType<typeof record>[]).map(
              ({ dynamodb }) => dynamodb?.SequenceNumber,
            ),
          },
    );
  }
  const iterators = sent.filter(({ name }) => name === 'GetShardIteratorCommand').map(({ input }) => input);
  return { reads, sent, iterators, log };
}

const TRIM_HORIZON = { from: 'TRIM_HORIZON' } as const;
const afterwards = (sequenceNumber: string) => ({ from: 'after', sequenceNumber }) as const;
const iteratorAfter = (SequenceNumber: string) => ({
  StreamArn: STREAM_ARN,
  ShardId: 'shard',
  ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
  SequenceNumber,
});

describe('a shard', () => {
  it.each([
    [TRIM_HORIZON, { StreamArn: STREAM_ARN, ShardId: 'shard', ShardIteratorType: 'TRIM_HORIZON' }],
    [afterwards('7'), iteratorAfter('7')],
  ] as const)('is read from %j', async (position, input) => {
    const { iterators } = await readAll(position, iterator('i1'), page('i2'));
    expect(iterators).toEqual([input]);
  });

  it('is read page by page, as much at once as the API gives', async () => {
    const { reads, sent } = await readAll(
      TRIM_HORIZON,
      iterator('i1'),
      page('i2', '1', '2'),
      page('i3'),
      page('i4', '3'),
    );
    expect(reads).toEqual([
      { records: ['1', '2'], isClosed: false },
      { records: [], isClosed: false },
      { records: ['3'], isClosed: false },
    ]);
    expect(sent.slice(1).map(({ input }) => input)).toEqual(
      ['i1', 'i2', 'i3'].map((ShardIterator) => ({ ShardIterator, Limit: 1_000 })),
    );
  });

  it('is closed when no page follows', async () => {
    const { reads } = await readAll(TRIM_HORIZON, iterator('i1'), page(undefined, '1'));
    expect(reads).toEqual([{ records: ['1'], isClosed: true }]);
  });

  it('is read under the caller’s signal', async () => {
    const { sent } = await readAll(TRIM_HORIZON, iterator('i1'), page('i2'));
    expect(sent.map((command) => command.signal)).toEqual([signal, signal]);
  });

  it('has an empty page where the response names no records', async () => {
    const { reads } = await readAll(TRIM_HORIZON, iterator('i1'), { NextShardIterator: 'i2' });
    expect(reads).toEqual([{ records: [], isClosed: false }]);
  });
});

describe('records that a shard repeats', () => {
  it('are left out, compared as numbers', async () => {
    const { reads } = await readAll(
      TRIM_HORIZON,
      iterator('i1'),
      page('i2', '9', '10'),
      page('i3', '9', '10', '11'),
    );
    expect(reads).toEqual([
      { records: ['9', '10'], isClosed: false },
      { records: ['11'], isClosed: false },
    ]);
  });

  it('are left out up to the checkpoint after which reading began', async () => {
    const { reads } = await readAll(afterwards('7'), iterator('i1'), page('i2', '6', '7', '8'));
    expect(reads).toEqual([{ records: ['8'], isClosed: false }]);
  });

  it('are all delivered where they are empty', async () => {
    const { reads } = await readAll(TRIM_HORIZON, iterator('i1'), { NextShardIterator: 'i2', Records: [{}] });
    expect(reads).toEqual([{ records: [undefined], isClosed: false }]);
  });

  it('are all delivered where they have no sequence number', async () => {
    const { reads } = await readAll(afterwards('7'), iterator('i1'), {
      NextShardIterator: 'i2',
      Records: [record(), record('8'), record()],
    });
    expect(reads).toEqual([{ records: [undefined, '8', undefined], isClosed: false }]);
  });
});

describe('after an error', () => {
  it('the error is thrown and the next read continues after the last record', async () => {
    const error = new Error('socket hang up');
    const { reads, iterators, log } = await readAll(
      TRIM_HORIZON,
      iterator('i1'),
      page('i2', '1', '2'),
      error,
      iterator('i3'),
      page('i4', '3'),
    );
    expect(reads.slice(1)).toEqual([error, { records: ['3'], isClosed: false }]);
    expect(iterators[1]).toEqual(iteratorAfter('2'));
    expect(log.messages).toEqual([]);
  });

  it('reading continues at the oldest record, and logs that, when its position was trimmed', async () => {
    const { reads, iterators, log } = await readAll(
      afterwards('7'),
      trimmed,
      iterator('i1'),
      page('i2', '9'),
    );
    expect(reads).toEqual([trimmed, { records: ['9'], isClosed: false }]);
    expect(iterators[1]).toEqual({
      StreamArn: STREAM_ARN,
      ShardId: 'shard',
      ShardIteratorType: 'TRIM_HORIZON',
    });
    expect(log.messages).toEqual([expect.stringContaining('trimmed')]);
    expect(log.attributes).toEqual([{ shardId: 'shard', lastRead: '7' }]);
  });
});
