import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_READS_MAX, type Page, type PageRead, readPage } from '../../../pipelines/paging/read-page.ts';

interface Row {
  readonly id: number;
  readonly passes: boolean;
}

/** A list that is read as Query reads: `readSize` counts before the filter, and there is a last key whenever it is used up. */
class FilteredList {
  readonly #rows: readonly Row[];
  readonly #readSize: (wanted: number) => number;
  reads = 0;

  constructor(passing: readonly boolean[], readSize: (wanted: number) => number) {
    this.#rows = passing.map((passes, id) => ({ id, passes }));
    this.#readSize = readSize;
  }

  async readSome(startKey: number | undefined, wanted: number): Promise<PageRead<Row, number>> {
    this.reads += 1;
    const start = startKey === undefined ? 0 : startKey + 1;
    const size = this.#readSize(wanted);
    const seen = this.#rows.slice(start, start + size);
    return {
      items: seen.filter(({ passes }) => passes),
      lastKey: seen.length < size ? undefined : seen.at(-1)?.id,
    };
  }

  page(limit: number, startKey: number | undefined): Promise<Page<Row, number>> {
    return readPage({
      readSome: (from, wanted) => this.readSome(from, wanted),
      keyOf: ({ id }) => id,
      limit,
      startKey,
    });
  }
}

const all = (count: number): boolean[] => Array.from({ length: count }, () => true);
const none = (count: number): boolean[] => Array.from({ length: count }, () => false);
const idsOf = ({ items }: Page<Row, number>): number[] => items.map(({ id }) => id);

describe('readPage', () => {
  it('gives exactly the filtered list in order, for any filter and any number of items read at once', async () => {
    const size = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 80 }),
        size,
        size,
        async (passing, limit, readSize) => {
          const list = new FilteredList(passing, () => readSize);
          const ids: number[] = [];
          let startKey: number | undefined;
          // Each page but the last advances by one row at least.
          for (let pages = 0; pages <= passing.length; pages += 1) {
            list.reads = 0;
            const page = await list.page(limit, startKey);
            expect(page.items.length).toBeLessThanOrEqual(limit);
            expect(list.reads).toBeLessThanOrEqual(PAGE_READS_MAX);
            ids.push(...idsOf(page));
            startKey = page.next;
            if (startKey === undefined) break;
          }
          expect(startKey).toBeUndefined();
          expect(ids).toEqual(passing.flatMap((passes, id) => (passes ? [id] : [])));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads on until the page is full', async () => {
    const list = new FilteredList([...none(5), true, ...none(5), true, true], () => 3);
    expect(idsOf(await list.page(2, undefined))).toEqual([5, 11]);
  });

  it('asks for what the page still lacks', async () => {
    const list = new FilteredList(all(5), (wanted) => wanted);
    const page = await list.page(4, undefined);
    expect([idsOf(page), list.reads]).toEqual([[0, 1, 2, 3], 1]);
  });

  it('continues after the last item of the page where a read gave more', async () => {
    expect(await new FilteredList(all(9), () => 5).page(2, undefined)).toMatchObject({ next: 1 });
  });

  it('continues after what it has looked at where the page is just full', async () => {
    expect(await new FilteredList([true, true, ...none(5)], () => 5).page(2, undefined)).toMatchObject({
      next: 4,
    });
  });

  it('has no next page where a read one item longer finds none', async () => {
    const list = new FilteredList(all(4), (wanted) => wanted + 1);
    expect(await list.page(4, undefined)).toMatchObject({ next: undefined });
  });

  it('is empty and leads on when nothing passes within its reads', async () => {
    const list = new FilteredList([...none(50), true], () => 2);
    expect(await list.page(5, undefined)).toEqual({ items: [], next: 19 });
    expect(list.reads).toBe(PAGE_READS_MAX);
  });

  it('ends before the item that would be too large for it, and continues with that one', async () => {
    const list = new FilteredList([true, false, true, true], () => 10);
    const pageFrom = (startKey: number | undefined) =>
      readPage<Row, number>({
        readSome: (from, wanted) => list.readSome(from, wanted),
        keyOf: ({ id }) => id,
        limit: 10,
        startKey,
        bytesMax: 100,
        bytesOf: ({ id }) => (id === 3 ? 500 : 50),
      });
    const first = await pageFrom(undefined);
    const second = await pageFrom(first.next);
    expect([first, second].map((page) => [idsOf(page), page.next])).toEqual([
      [[0, 2], 2],
      [[3], undefined],
    ]);
  });
});
