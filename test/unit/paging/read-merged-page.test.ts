import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMergedPage } from '../../../pipelines/paging/read-merged-page.ts';
import { PAGE_READS_MAX, type Page, type PageRead } from '../../../pipelines/paging/read-page.ts';

/** An item: its sort key, and its partition. Two of one partition have different sort keys. */
interface Row {
  readonly sort: number;
  readonly partition: string;
}

const compare = (one: Row, other: Row): number =>
  one.sort - other.sort || (one.partition < other.partition ? -1 : Number(one.partition > other.partition));

/** A list over partitions, each read as Query reads: `readSize` counts before the filter, and there is a last key whenever it is used up. */
class SpreadList {
  readonly partitions: readonly string[];
  readonly #rows: readonly Row[];
  readonly #passes: (row: Row) => boolean;
  readonly #readSize: (wanted: number) => number;
  reads: string[] = [];
  rowsRead = 0;

  constructor(
    sorts: readonly (readonly number[])[],
    { passes = () => true, readSize = (wanted) => wanted }: Partial<SpreadListSettings> = {},
  ) {
    this.partitions = sorts.map((_, index) => `P${index}`);
    this.#rows = sorts
      .flatMap((own, index) => own.map((sort) => ({ sort, partition: `P${index}` })))
      .toSorted(compare);
    this.#passes = passes;
    this.#readSize = readSize;
  }

  get passing(): readonly Row[] {
    return this.#rows.filter(this.#passes);
  }

  async #read(partition: string, startKey: Row | undefined, wanted: number): Promise<PageRead<Row, Row>> {
    this.reads.push(partition);
    const size = this.#readSize(wanted);
    const seen = this.#rows
      .filter((row) => row.partition === partition && (startKey === undefined || compare(row, startKey) > 0))
      .slice(0, size);
    this.rowsRead += seen.length;
    return { items: seen.filter(this.#passes), lastKey: seen.length < size ? undefined : seen.at(-1) };
  }

  page(
    limit: number,
    startKey?: Row,
    bytes: { bytesMax?: number; bytesOf?: () => number } = {},
  ): Promise<Page<Row, Row>> {
    return readMergedPage<Row, Row>({
      ...bytes,
      partitions: this.partitions,
      readSome: (partition, from, wanted) => this.#read(partition, from, wanted),
      keyOf: (row) => row,
      compare,
      limit,
      startKey,
    });
  }

  async pages(
    limit: number,
    bytes: { bytesMax?: number; bytesOf?: () => number } = {},
  ): Promise<(readonly Row[])[]> {
    const pages: (readonly Row[])[] = [];
    let startKey: Row | undefined;
    do {
      const page = await this.page(limit, startKey, bytes);
      pages.push(page.items);
      startKey = page.next;
    } while (startKey !== undefined && pages.length < 1_000);
    expect(startKey).toBeUndefined();
    return pages;
  }
}

interface SpreadListSettings {
  readonly passes: (row: Row) => boolean;
  readonly readSize: (wanted: number) => number;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, sort) => sort);
/** Rows 0, 1, 2, ... dealt to partitions in turn. */
const dealt = (rows: number, partitions: number): number[][] =>
  Array.from({ length: partitions }, (_, index) => upTo(rows).filter((sort) => sort % partitions === index));

const anySorts = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), {
  minLength: 1,
  maxLength: 9,
});

describe('readMergedPage', () => {
  it('gives each item once and in order, for any split over partitions and any size of a page', async () => {
    await fc.assert(
      fc.asyncProperty(anySorts, fc.integer({ min: 1, max: 25 }), async (sorts, limit) => {
        const list = new SpreadList(sorts);
        const pages = await list.pages(limit);
        expect(pages.flat()).toEqual(list.passing);
        // Full pages, and no empty one after the last.
        expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
        expect(pages.length).toBe(Math.max(1, Math.ceil(list.passing.length / limit)));
      }),
    );
  });

  it('does so also where reads end early and items are left out', async () => {
    const size = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        anySorts,
        size,
        size,
        fc.integer({ min: 1, max: 4 }),
        async (sorts, limit, most, every) => {
          const list = new SpreadList(sorts, {
            passes: ({ sort }) => sort % every === 0,
            readSize: (wanted) => Math.min(wanted, most),
          });
          expect((await list.pages(limit)).flat()).toEqual(list.passing);
        },
      ),
    );
  });

  it('gives each item once where the bytes of a page are bounded', async () => {
    await fc.assert(
      fc.asyncProperty(anySorts, fc.integer({ min: 1, max: 9 }), async (sorts, bytesMax) => {
        const list = new SpreadList(sorts);
        const pages = await list.pages(25, { bytesMax, bytesOf: () => 2 });
        expect(pages.flat()).toEqual(list.passing);
        expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(
          Math.max(1, Math.floor(bytesMax / 2)),
        );
      }),
    );
  });

  it('reads each partition once where the items are spread evenly, and little more than the page', async () => {
    const list = new SpreadList(dealt(1_000, 4));
    await list.page(20);
    expect(list.reads).toEqual(list.partitions);
    expect(list.rowsRead).toBeLessThanOrEqual(2 * 20);
  });

  it('reads again only the partition that ran out', async () => {
    const list = new SpreadList([upTo(100), [1_000], [1_001], [1_002]]);
    await list.page(20);
    expect(list.reads).toEqual([...list.partitions, 'P0']);
  });

  it('ends after some rounds without a single item, and leads on behind what it read', async () => {
    const list = new SpreadList(dealt(4_000, 2), { passes: ({ sort }) => sort === 3_999, readSize: () => 3 });
    const page = await list.page(20);
    expect(page.items).toEqual([]);
    expect(list.reads).toHaveLength(2 * PAGE_READS_MAX);
    expect(page.next?.sort).toBeGreaterThan(0);
  });

  it('is empty without a next place for a list without items', async () => {
    expect(await new SpreadList([[], [], []]).page(5)).toEqual({ items: [], next: undefined });
  });
});
