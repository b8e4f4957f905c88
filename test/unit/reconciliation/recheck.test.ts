import { describe, expect, it, vi } from 'vitest';
import { Version } from '../../../contracts/ids.ts';
import { type Comparison, recheckCopies, recheckSums } from '../../../pipelines/reconciliation/recheck.ts';

const options = { rounds: 3, recheckMs: 0, signal: new AbortController().signal };
const differs = (source: number | undefined, copy: number | undefined): Comparison => ({
  source,
  copy,
  detail: source === copy ? undefined : 'differs',
});

describe('a copy that differed', () => {
  const candidate = { id: 'a', key: undefined, version: Version.parse(5) };
  const rechecked = (...comparisons: Comparison[]) => {
    const look = vi.fn(async () => comparisons.shift() ?? expect.fail('looked too often'));
    return recheckCopies({ check: 'copies', compare: look }, [candidate], options);
  };

  it('is left out once it is the same', async () => {
    expect((await rechecked(differs(5, 4), differs(5, 5))).findings).toEqual([]);
  });

  it("is left out once it has reached the item's earlier version, also when that is written all the time", async () => {
    expect((await rechecked(differs(7, 4), differs(9, 6))).findings).toEqual([]);
  });

  it.each([
    ['stays behind', 5, 4],
    ['is behind where its item was', 9, 4],
    ['is ahead', 6, 9],
    ['has no item', undefined, 4],
    ['is missing', 5, undefined],
  ])('is named when it %s at every look', async (_, source, copy) => {
    const comparisons = Array.from({ length: 3 }, () => differs(source, copy));
    expect((await rechecked(...comparisons)).findings).toMatchObject([
      { check: 'copies', id: 'a', detail: 'differs' },
    ]);
  });
});

it('ends with the interruption, and does not wait for the next look', async () => {
  const interrupted = new AbortController();
  const compare = vi.fn(async () => {
    interrupted.abort();
    return differs(5, 4);
  });
  const candidate = { id: 'a', key: undefined, version: Version.parse(5) };
  const whileRunning = { rounds: 3, recheckMs: 86_400_000, signal: interrupted.signal };
  await expect(recheckCopies({ check: 'copies', compare }, [candidate], whileRunning)).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
  expect(compare).toHaveBeenCalledOnce();
});

describe('a sum that differed', () => {
  const difference = { check: 'sums', id: 'day counter', detail: 'is 1 and should be 2' };
  /** Each look at the sum: its item's version before and after, and whether it differs. */
  const rechecked = (...looks: (readonly [readonly [number, number], boolean])[]) => {
    const versions = looks.flatMap(([ofItem]) => ofItem);
    const results = looks.map(([, isOff]) => isOff);
    return recheckSums(
      {
        versions: async () => new Map([['day', versions.shift() ?? expect.fail('looked too often')]]),
        compare: async () => (results.shift() ? [difference] : []),
        repair: (id, found) => ({ how: `repair ${found.length} of ${id}`, run: async () => undefined }),
      },
      [difference],
      options,
    );
  };

  it('is named when it differs twice with nothing in between, with its repair', async () => {
    const { findings } = await rechecked([[1, 1], true], [[1, 1], true]);
    expect(findings).toMatchObject([{ ...difference, repair: { how: 'repair 1 of day' } }]);
  });

  it('is left out once it is right', async () => {
    expect(await rechecked([[1, 1], true], [[2, 2], false])).toEqual({ findings: [], inconclusive: [] });
  });

  it('says nothing about a look during which its item was written', async () => {
    expect(await rechecked([[1, 2], false], [[2, 3], true], [[3, 4], true])).toEqual({
      findings: [],
      inconclusive: ['day'],
    });
  });

  it('is inconclusive when its item was written between any two reads', async () => {
    expect(await rechecked([[1, 1], true], [[2, 2], true], [[3, 3], true])).toEqual({
      findings: [],
      inconclusive: ['day'],
    });
  });
});
