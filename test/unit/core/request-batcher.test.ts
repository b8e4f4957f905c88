import { describe, expect, it } from 'vitest';
import { RequestBatcher } from '../../../pipelines/core/request-batcher.ts';

/** A batcher of numbers, where a number is also its size in bytes; answers each with its double. */
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

  it('starts a new request at the limit of bytes, and sends what is over it alone', async () => {
    const { batcher, batches } = doubling();
    await Promise.all([60, 50, 200].map((entry) => batcher.submit(entry, signal)));
    expect(batches).toEqual([[60], [50], [200]]);
  });

  it('fails all entries of a request that fails', async () => {
    const { batcher } = doubling({ send: async () => Promise.reject(new RangeError('away')) });
    const outcomes = await Promise.allSettled([batcher.submit(1, signal), batcher.submit(2, signal)]);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('fails an entry that the answer leaves out', async () => {
    const { batcher } = doubling({ send: async (entries) => entries.slice(1) });
    const outcomes = await Promise.allSettled([batcher.submit(1, signal), batcher.submit(2, signal)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('does not send what was given up while it waited', async () => {
    const { batcher, batches } = doubling();
    const given = new AbortController();
    const outcomes = Promise.allSettled([batcher.submit(1, given.signal), batcher.submit(2, signal)]);
    given.abort(new RangeError('given up'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(batches).toEqual([[2]]);
  });
});
