import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableObjectError } from '../../../pipelines/imports/errors.ts';
import { SCATTERED_ORDERS_MAX, scatteredOrders } from '../../../pipelines/imports/scattered-orders.ts';
import { CSV_HEADER, csvRow, inChunks, linesOf } from '../../builders/imports/imports.ts';
import { importInMemory } from '../../builders/imports/memory-import.ts';

const CHUNK = 65_536;
const CSV = { rows: 'csv', isGzipped: false } as const;
const csvOf = (ids: readonly string[]): string =>
  linesOf([CSV_HEADER, ...ids.map((sourceId, index) => csvRow({ sourceId, sku: `SKU-${index}` }))]);
const scatteredOf = (content: string, ordersMax?: number) =>
  scatteredOrders(inChunks(content, CHUNK), ordersMax);

describe('orders whose rows are not together', () => {
  it('are found, each once', async () => {
    expect(await scatteredOf(csvOf(['U-1', 'U-1', 'U-2', 'U-3', 'U-1', 'U-2', 'U-1']))).toHaveLength(2);
  });

  it('are none where each order is in one place, however many orders there are', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => [`S-${index}`, `S-${index}`]).flat();
    expect(await scatteredOf(csvOf(ids))).toEqual([]);
    expect(await scatteredOf(csvOf([...ids, 'S-0', 'S-19998']))).toHaveLength(2);
  });

  it('are one order for each spelling of its id that looks the same', async () => {
    expect(await scatteredOf(csvOf(['U-1', 'U-2', ' U\u200B-1 ']))).toHaveLength(1);
  });

  it('are found by rows that are rejected for something else, too', async () => {
    const content = linesOf([
      CSV_HEADER,
      csvRow({ sourceId: 'U-1' }),
      csvRow({ sourceId: 'U-2' }),
      csvRow({ sourceId: 'U-1', quantity: 'x' }),
    ]);
    const { placed, rejected } = await importInMemory(content, CSV);
    expect(placed.map(({ sourceId }) => sourceId)).toEqual(['U-2']);
    expect(rejected.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('are found among the rows that an open quote has made part of another one', async () => {
    const [open, other] = [
      csvRow({ sourceId: 'U-3', name: '"open' }),
      csvRow({ sourceId: 'U-4', name: '"Oak"' }),
    ];
    const content = linesOf([
      ...[CSV_HEADER, csvRow({ sourceId: 'U-1' }), csvRow({ sourceId: 'U-2' })],
      ...[open, csvRow({ sourceId: 'U-1', sku: 'SKU-2' }), other],
    ]);
    const { placed, rejected } = await importInMemory(content, CSV);
    expect(placed).toEqual([]);
    expect(rejected.map(({ line, lineEnd }) => [line, lineEnd])).toEqual([
      [2, undefined],
      [3, undefined],
      [4, 6],
    ]);
  });

  it('cannot be looked for where an open quote takes in more than a record may have', async () => {
    const open = csvRow({ sourceId: 'U-0', name: '"open' });
    const rows = Array.from({ length: 3_000 }, (_, index) => csvRow({ sourceId: `U-${index}` }));
    const { progress, placed } = await importInMemory(linesOf([CSV_HEADER, open, ...rows]), CSV);
    expect(progress.failure).toBe('Line 2 is longer than 262144 bytes: check that its quotes are closed');
    expect(placed).toEqual([]);
  });

  it('are too many in an object that is not sorted at all', async () => {
    const ids = Array.from({ length: SCATTERED_ORDERS_MAX + 1 }, (_, index) => `S-${index}`);
    await expect(scatteredOf(csvOf([...ids, ...ids]))).rejects.toThrow(/sort the object/);
  });

  it('are not looked for among more orders than memory holds', async () => {
    const ids = ['S-1', 'S-2', 'S-3'];
    expect(await scatteredOf(csvOf(ids), 3)).toEqual([]);
    await expect(scatteredOf(csvOf(ids), 2)).rejects.toThrow(UnreadableObjectError);
  });
});

describe('an import of a CSV', () => {
  it('places each order with all of its rows or not at all', async () => {
    const ids = fc.array(fc.constantFrom('U-1', 'U-2', 'U-3', 'U-4'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(ids, fc.integer({ min: 1, max: 3 }), async (rows, looksMax) => {
        const { placed, rejected } = await importInMemory(csvOf(rows), CSV, { looksMax });
        const together = rows.filter((id) => rows.lastIndexOf(id) - rows.indexOf(id) < countOf(rows, id));
        const lines = placed.flatMap((order) => order.lines.map(() => order.sourceId));
        expect(lines.toSorted()).toEqual(together.toSorted());
        expect(rejected).toHaveLength(rows.length - together.length);
        for (const { reason } of rejected) expect(reason).toMatch(/not together: sort the object/);
      }),
      { seed: 7 },
    );
  });

  it('that took all of its time to look for such orders has failed, with nothing placed', async () => {
    const { progress, placed } = await importInMemory(csvOf(['U-1', 'U-2']), CSV, { chunk: 10, looksMax: 5 });
    expect(progress.failure).toMatch(/split the object/);
    expect(placed).toEqual([]);
  });
});

const countOf = (ids: readonly string[], id: string): number => ids.filter((one) => one === id).length;
