import { describe, expect, it } from 'vitest';
import { RequestBatcher } from '../../../pipelines/aws/request-batcher.ts';

/** A batcher of numbers, where a number is also its size in bytes; the result of each is its double. */
function doubling(overrides: Partial<ConstructorParameters<typeof RequestBatcher<number, number>>[0]> = {}) {
  const batches: (readonly number[])[] = [];
  const batcher = new RequestBatcher<number, number>({
    send: async (entries) => {
      batches.push(entries);
      return entries.map((entry) => entry * 2);
    },
    entriesMax: 3,
    bytesMax: 100,
    bytesOf: (entry) => entry,
    concurrencyMax: 2,
    ...overrides,
  });
  return { batcher, batches };
}

const { signal } = new AbortController();

describe('RequestBatcher', () => {
  it('sends what is submitted at the same time as one request and gives each its own result', async () => {
    const { batcher, batches } = doubling();
    expect(await Promise.all([batcher.submit(1, signal), batcher.submit(2, signal)])).toEqual([2, 4]);
    expect(batches).toEqual([[1, 2]]);
  });

  it('starts a new request at the limit of entries', async () => {
    const { batcher, batches } = doubling();
    await Promise.all([1, 2, 3, 4].map((entry) => batcher.submit(entry, signal)));
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  it('sends entries that arrive after a request in a request of their own', async () => {
    const { batcher, batches } = doubling();
    await batcher.submit(1, signal);
    await batcher.submit(2, signal);
    expect(batches).toEqual([[1], [2]]);
  });

  it('fills a request to the limit of bytes, starts a new one beyond it, and sends what is over it alone', async () => {
    const { batcher, batches } = doubling();
    await Promise.all([60, 40, 50, 51, 200].map((entry) => batcher.submit(entry, signal)));
    expect(batches).toEqual([[60, 40], [50], [51], [200]]);
  });

  it('counts the bytes of each request from nothing', async () => {
    const { batcher, batches } = doubling();
    await Promise.all([90, 60, 40, 1].map((entry) => batcher.submit(entry, signal)));
    expect(batches).toEqual([[90], [60, 40], [1]]);
  });

  it('has at most as many concurrent requests as it may', async () => {
    let underWay = 0;
    let most = 0;
    const send = async (entries: readonly number[]): Promise<readonly number[]> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return entries;
    };
    const { batcher } = doubling({ send, entriesMax: 1 });
    await Promise.all([1, 2, 3, 4].map((entry) => batcher.submit(entry, signal)));
    expect(most).toBe(2);
  });

  it('fails all entries of a request that fails', async () => {
    const away = new RangeError('away');
    const { batcher } = doubling({ send: async () => Promise.reject(away) });
    const outcomes = await Promise.allSettled([batcher.submit(1, signal), batcher.submit(2, signal)]);
    expect(outcomes).toEqual([1, 2].map(() => ({ status: 'rejected', reason: away })));
  });

  it('fails an entry that is missing in the response', async () => {
    const { batcher } = doubling({ send: async (entries) => entries.slice(1) });
    const outcomes = await Promise.allSettled([batcher.submit(1, signal), batcher.submit(2, signal)]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: new RangeError('The sink returned 1 results for 2 entries') },
    ]);
  });

  it('does not send what was given up while it waited', async () => {
    const { batcher, batches } = doubling();
    const given = new AbortController();
    const outcomes = Promise.allSettled([batcher.submit(1, given.signal), batcher.submit(2, signal)]);
    given.abort(new RangeError('given up'));
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: new RangeError('given up') },
      { status: 'fulfilled', value: 4 },
    ]);
    expect(batches).toEqual([[2]]);
  });

  it('sends no request when all of it was given up', async () => {
    const { batcher, batches } = doubling();
    const outcomes = await Promise.allSettled(
      [1, 2].map((entry) => batcher.submit(entry, AbortSignal.abort())),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(batches).toEqual([]);
  });

  it('gives a request up as soon as one of its entries is', async () => {
    const given = new AbortController();
    const send = (_: readonly number[], ofRequest: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        ofRequest.addEventListener('abort', () => reject(ofRequest.reason));
        given.abort(new RangeError('given up'));
      });
    const { batcher } = doubling({ send });
    const both = [batcher.submit(1, signal), batcher.submit(2, given.signal)];
    expect(await Promise.allSettled(both)).toEqual(
      both.map(() => ({ status: 'rejected', reason: new RangeError('given up') })),
    );
  });
});
