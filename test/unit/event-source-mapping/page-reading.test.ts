import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TUNING } from '../../../infra/local/event-source-mapping/settings.ts';
import { type PageReading, readPage } from '../../../infra/local/event-source-mapping/shard-reader.ts';
import { KeptLog } from '../../builders/stream/event-source-mapping.ts';

const { signal } = new AbortController();
const PAGE = { records: [], isClosed: false };
const notFound = new ResourceNotFoundException({ message: 'no such shard', $metadata: {} });

const reading = (read: PageReading['reader']['read'], overrides: Partial<PageReading> = {}) => {
  const log = new KeptLog();
  return {
    shardId: 'shard',
    reader: { read },
    isInStream: async () => true,
    tuning: DEFAULT_TUNING,
    ...overrides,
    log,
  };
};
const failing = (error: Error) => async () => {
  throw error;
};

describe('a page of a shard', () => {
  it('is what the reader finds', async () => {
    expect(
      await readPage(
        reading(async () => PAGE),
        signal,
      ),
    ).toBe(PAGE);
  });

  it('is absent after an error that may pass', async () => {
    const isInStream = () => expect.fail('it need not be known');
    expect(await readPage(reading(failing(new Error('reset')), { isInStream }), signal)).toBeUndefined();
  });

  it('is absent while the stream still has the shard that is said not to exist', async () => {
    expect(await readPage(reading(failing(notFound)), signal)).toBeUndefined();
  });

  it('is the last, and empty, when the shard is no longer in the stream', async () => {
    const isInStream = async () => false;
    expect(await readPage(reading(failing(notFound), { isInStream }), signal)).toEqual({
      records: [],
      isClosed: true,
    });
  });

  it('is absent, and the log says why, when the stream cannot be described', async () => {
    const inTheDark = reading(failing(notFound), { isInStream: failing(new Error('away')) });
    expect(await readPage(inTheDark, signal)).toBeUndefined();
    expect(inTheDark.log.messages).toEqual([
      expect.stringContaining('could not be read'),
      expect.stringContaining('could not be described'),
    ]);
  });

  it('that could not be read is in the log with its shard, and with the error where there is one', async () => {
    const deleted = reading(failing(notFound), { isInStream: async () => false });
    const away = new Error('away');
    const inTheDark = reading(failing(notFound), { isInStream: failing(away) });
    await Promise.all([readPage(deleted, signal), readPage(inTheDark, signal)]);
    const couldNotBeRead = { shardId: 'shard', error: notFound };
    expect(deleted.log.attributes).toEqual([couldNotBeRead, { shardId: 'shard' }]);
    expect(inTheDark.log.attributes).toEqual([couldNotBeRead, { error: away }]);
  });

  it('is absent when the read takes too long', async () => {
    const never = (given: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        given.addEventListener('abort', () => reject(given.reason), { once: true });
      });
    const tuning = { ...DEFAULT_TUNING, requestTimeoutMs: 1 };
    expect(await readPage(reading(never, { tuning }), signal)).toBeUndefined();
  });

  it('is given up when the signal is aborted, even if the read succeeds then', async () => {
    const stopping = new AbortController();
    const read = async () => {
      stopping.abort(new Error('stopped'));
      throw new Error('reset');
    };
    await expect(readPage(reading(read), stopping.signal)).rejects.toThrow('stopped');
  });

  it('is read under the signal', async () => {
    const read = async (given: AbortSignal) => ({ ...PAGE, isClosed: given.aborted });
    expect(await readPage(reading(read), AbortSignal.abort())).toEqual({ ...PAGE, isClosed: true });
  });
});
