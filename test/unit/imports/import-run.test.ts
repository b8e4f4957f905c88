import { expect, it, vi } from 'vitest';
import type { ImportedOrder } from '../../../contracts/imports/imported-order.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { CHECKPOINT_UNITS, ImportRun } from '../../../pipelines/imports/import-run.ts';
import { generatedObject } from '../../builders/imports/generated-object.ts';
import { begunImport } from '../../builders/imports/import-progress.ts';
import { importedOrder, inChunks, linesOf } from '../../builders/imports/imports.ts';

const MIB = 1_048_576;
const SIZE_BYTES = 24 * MIB;
const TIMEOUT_MS = 120_000;

it(
  'holds a few orders and one block, however large the object is',
  async () => {
    let blocksRead = 0;
    let writing = 0;
    let writingMost = 0;
    let written = 0;
    let blocksAhead = 0;
    let checkpoints = 0;
    const object = generatedObject(SIZE_BYTES, () => {
      blocksRead += 1;
    });
    const run = new ImportRun(
      {
        object,
        format: { rows: 'ndjson', isGzipped: false },
        store: {
          writePart: async () => undefined,
          writeProgress: async ({ rows }) => {
            checkpoints += 1;
            blocksAhead = Math.max(blocksAhead, blocksRead - Math.ceil(rows / object.rowsOfBlock));
          },
        },
        writeOrder: async () => {
          writing += 1;
          writingMost = Math.max(writingMost, writing);
          await new Promise(setImmediate);
          writing -= 1;
          written += 1;
          return 'written';
        },
        clock,
        isTimeUp: () => false,
      },
      begunImport(),
    );
    const progress = await run.run();
    expect(progress).toMatchObject({ rows: written, orders: { written }, rejected: 0 });
    expect(writingMost).toBe(16);
    expect(blocksAhead).toBeLessThanOrEqual(1);
    expect(checkpoints).toBe(Math.floor(written / CHECKPOINT_UNITS) + 1);
  },
  TIMEOUT_MS,
);

/** A run over these orders, as NDJSON, that are written by `writeOrder`. */
const runOver = (
  orders: readonly ImportedOrder[],
  writeOrder: ConstructorParameters<typeof ImportRun>[0]['writeOrder'],
): ImportRun => {
  const content = linesOf(orders.map((order) => JSON.stringify(order)));
  const store = { writePart: async () => undefined, writeProgress: async () => undefined };
  const object = {
    contentEncodings: [],
    bytes: (offset: number) => inChunks(content.slice(offset), MIB),
  };
  const format = { rows: 'ndjson', isGzipped: false } as const;
  return new ImportRun({ object, format, store, writeOrder, clock, isTimeUp: () => false }, begunImport());
};

it('writes the first of two rows of one order, however long that takes, and others meanwhile', async () => {
  const first = importedOrder();
  const other = importedOrder({ sourceId: 'S-2' });
  const begun: ImportedOrder[] = [];
  const otherBegins = Promise.withResolvers<void>();
  const run = runOver([first, importedOrder({ currency: 'EUR' }), other], async (order) => {
    begun.push(order);
    if (order.sourceId === other.sourceId) otherBegins.resolve();
    await otherBegins.promise;
    return order.currency === 'EUR' ? 'differs' : 'written';
  });
  expect(await run.run()).toMatchObject({ orders: { written: 2 }, rejectedRows: [{ line: 2 }] });
  expect(begun.map(({ sourceId, currency }) => `${sourceId} ${currency}`)).toEqual([
    'S-1 USD',
    'S-2 USD',
    'S-1 EUR',
  ]);
});

it('does not write the second of two rows of one order when the first fails', async () => {
  const first = importedOrder();
  const failure = new TypeError('no table');
  const writeOrder = vi.fn(async () => Promise.reject(failure));
  await expect(runOver([first, importedOrder({ currency: 'EUR' })], writeOrder).run()).rejects.toBe(failure);
  expect(writeOrder).toHaveBeenCalledTimes(1);
});
