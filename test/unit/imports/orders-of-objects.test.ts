import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING } from '../../../contracts/imports/import-report.ts';
import { csvOrders } from '../../../pipelines/imports/csv-orders.ts';
import { fieldsOf } from '../../../pipelines/imports/csv-row.ts';
import { UnreadableObjectError } from '../../../pipelines/imports/errors.ts';
import type { ImportUnit } from '../../../pipelines/imports/import-unit.ts';
import { ndjsonOrders } from '../../../pipelines/imports/ndjson-orders.ts';
import {
  type BlankRecords,
  isBlank,
  splitRecords,
  type TextRecord,
} from '../../../pipelines/imports/record-splitter.ts';
import {
  allOf,
  CSV_HEADER,
  csvRow,
  importedOrder,
  inChunks,
  linesOf,
} from '../../builders/imports/imports.ts';

const CHUNK = 65_536;
/** The units that have rows: the others depend on where the chunks end. */
const withRows = (units: readonly ImportUnit[]) => units.filter(({ rows }) => rows.length > 0);
const csv = async (content: string | Uint8Array, bytes = CHUNK, from = BEGINNING) =>
  withRows(await allOf(csvOrders(inChunks(content, bytes), from)));
const csvOf = (...rows: readonly string[]) => csv(linesOf([CSV_HEADER, ...rows]));
const ndjson = async (content: string | Uint8Array, bytes = CHUNK, from = BEGINNING) =>
  withRows(await allOf(ndjsonOrders(inChunks(content, bytes), from)));

/** What becomes of each row: the source id of its order, or the reason. */
const fates = (units: readonly ImportUnit[]): readonly (readonly [number, string])[] =>
  units.flatMap((unit) =>
    unit.kind === 'order'
      ? unit.rows.map(({ line }) => [line, unit.order.sourceId] as const)
      : unit.rows.map(({ line, reason }) => [line, `rejected: ${reason}`] as const),
  );

describe('an object of CSV', () => {
  it('is an order for consecutive rows of one user and source id, each row a line', async () => {
    const units = await csvOf(
      csvRow(),
      csvRow({ sku: 'SKU-2', amount: '100' }),
      csvRow({ sourceId: 'S-2', shipToName: '"Example, Ada"' }),
    );
    expect(fates(units)).toEqual([
      [2, 'S-1'],
      [3, 'S-1'],
      [4, 'S-2'],
    ]);
    const [line] = importedOrder().lines;
    expect(units).toMatchObject([
      { order: importedOrder({ lines: [line, { ...line, sku: 'SKU-2', amount: 100 }] }) },
      { order: { shipTo: { name: 'Example, Ada' } } },
    ]);
  });

  it('may have its columns in any order, and an empty field where one may be missing', async () => {
    const header = `shipToState,${CSV_HEADER},shipToRegion`;
    const [unit] = await csv(linesOf([header, `,${csvRow()},West`]));
    expect(unit).toMatchObject({
      order: { shipTo: { ...importedOrder().shipTo, region: 'West' } },
    });
    expect(unit).not.toHaveProperty('order.shipTo.state');
  });

  it('rejects all of an order for a bad row, and names it in the others', async () => {
    const units = await csvOf(
      csvRow(),
      csvRow({ quantity: '1e3' }),
      csvRow({ sku: 'SKU-3' }),
      csvRow({ sourceId: 'S-2' }),
    );
    expect(fates(units)).toEqual([
      [2, 'rejected: its order is rejected for line 3'],
      [3, 'rejected: quantity: must be a whole number in digits'],
      [4, 'rejected: its order is rejected for an earlier row'],
      [5, 'S-2'],
    ]);
  });

  it('rejects the orders beside a row that does not name its order', async () => {
    const units = await csvOf(
      csvRow(),
      csvRow({ sourceId: 'S-2' }),
      'too,few',
      csvRow({ sourceId: 'S-3' }),
      csvRow({ sourceId: 'S-3' }),
      csvRow({ sourceId: 'S-4' }),
    );
    expect(fates(units)).toEqual([
      [2, 'S-1'],
      [3, 'rejected: its order is rejected for line 4'],
      [4, "rejected: has 2 fields, not the header's 12"],
      [5, 'rejected: its order is rejected for an earlier row'],
      [6, 'rejected: its order is rejected for an earlier row'],
      [7, 'S-4'],
    ]);
  });

  it('rejects an order whose rows differ in what is the same for all of the order', async () => {
    const units = await csvOf(csvRow(), csvRow({ shipToCity: 'Leipzig' }));
    expect(fates(units)[1]?.[1]).toBe("rejected: differs from its order's first row in shipToCity");
  });

  it('rejects an order of too many lines without holding them all', async () => {
    const units = await csvOf(...Array.from({ length: 60 }, () => csvRow()), csvRow({ sourceId: 'S-2' }));
    expect(units.map(({ rows }) => rows.length)).toEqual([51, ...Array(9).fill(1), 1]);
    expect(fates(units).filter(([, fate]) => fate.startsWith('rejected'))).toHaveLength(60);
  });

  it('rejects an order that costs more than an order can', async () => {
    const amount = '999999999999';
    const units = await csvOf(csvRow({ amount }), csvRow({ amount }));
    expect(fates(units)).toEqual([
      [2, 'rejected: lines: together cost more than an order can'],
      [3, 'rejected: lines: together cost more than an order can'],
    ]);
  });

  it('names the lines where a row with quoted line breaks begins and ends', async () => {
    const units = await csvOf(
      csvRow({ name: '"Oak\nchair"' }),
      csvRow({ sourceId: 'S-2' }),
      csvRow({ sourceId: 'S-3' }),
    );
    expect(units[0]).toMatchObject({ kind: 'rejected', rows: [{ line: 2, lineEnd: 3 }] });
    expect(fates(units).slice(1)).toEqual([
      [4, 'S-2'],
      [5, 'S-3'],
    ]);
  });

  it.each([
    ['nothing', '', /has no header/],
    ['a header that is not CSV', '"a"b\n', /is not CSV/],
    ['an unknown column', `${CSV_HEADER},e-mail\n`, /^Column 13 of the header is none of sourceId, /],
    ['a column twice', `${CSV_HEADER},sku\n`, /names sku twice/],
    ['a missing column', `${CSV_HEADER.replace(',amount', '')}\n`, /lacks amount/],
  ])('cannot be read with %s', async (_, content, message) => {
    const reading = csv(content);
    await expect(reading).rejects.toThrow(UnreadableObjectError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe('an object of NDJSON', () => {
  it('is an order a line; what is none is rejected, by its line', async () => {
    const second = importedOrder({ sourceId: 'S-2' });
    const units = await ndjson(
      linesOf([
        JSON.stringify(importedOrder()),
        '{"sourceId": "S-1"',
        '',
        JSON.stringify({ ...second, discount: 1 }),
        JSON.stringify({ ...second, lines: [] }),
        JSON.stringify({ ...second, lines: second.lines.map((line) => ({ ...line, discount: 1 })) }),
        JSON.stringify(second),
      ]),
    );
    expect(fates(units)).toEqual([
      [1, 'S-1'],
      [2, 'rejected: is not JSON'],
      [4, 'rejected: has names that an order does not have'],
      [5, 'rejected: lines: Too small: expected array to have >=1 items'],
      [6, 'rejected: lines.0: has names that an order does not have'],
      [7, 'S-2'],
    ]);
  });
});

describe('a reason', () => {
  it.each([
    ['CSV', () => csvOf(csvRow({ userId: 'secret value' }), csvRow({ currency: 'secret value' }))],
    ['NDJSON', () => ndjson(JSON.stringify({ ...importedOrder(), userId: 'secret value', 'secret key': 1 }))],
    ['no JSON', () => ndjson('secret value')],
  ])('holds nothing of the row: %s', async (_, read) => {
    const text = JSON.stringify(fates(await read()));
    expect(text).toContain('rejected');
    expect(text).not.toContain('secret');
  });
});

/** Rows that are good, nearly good, and not at all. */
const anyRow = fc.oneof(
  fc
    .record(
      {
        sourceId: fc.constantFrom('S-1', 'S-2', ''),
        userId: fc.constantFrom('u-1', 'u-2', '-'),
        name: fc.constantFrom('Oak chair', '"Oak, chair"', '"Oak\r\nchair"', '5" nail', '"open'),
        quantity: fc.constantFrom('1', '0', 'x'),
      },
      { requiredKeys: [] },
    )
    .map((fields) => Buffer.from(csvRow(fields))),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
);
const anyCsv = fc
  .array(anyRow, { maxLength: 12 })
  .map((rows) =>
    Buffer.concat([Buffer.from(CSV_HEADER), ...rows.flatMap((row) => [Buffer.from('\n'), row])]),
  );
const anyNdjson = fc
  .array(fc.oneof(fc.constant(JSON.stringify(importedOrder())), fc.json(), fc.string({ unit: 'binary' })), {
    maxLength: 12,
  })
  .map((lines) => Buffer.from(lines.join('\n')));

/** A CSV's row of which every field is blank is none. */
const isBlankRow = (record: TextRecord | BlankRecords): boolean =>
  record.place !== undefined && record.fault === undefined && fieldsOf(record.text)?.every(isBlank) === true;

describe.each([
  ['csv', anyCsv, csv],
  ['ndjson', anyNdjson, ndjson],
] as const)('any object of %s', (format, content, read) => {
  it('is orders and rejected rows, the same however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 40 }), async (bytes, chunk) => {
        expect(await read(bytes, chunk)).toEqual(await read(bytes));
      }),
    );
  });

  it('loses no row', async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const records = await allOf(splitRecords(format, inChunks(bytes, CHUNK), BEGINNING));
        const placed = records.filter(({ place }) => place !== undefined);
        const rows = format === 'csv' ? placed.slice(1).filter((record) => !isBlankRow(record)) : placed;
        const lines = rows.flatMap(({ place }) => place?.line ?? []);
        const units = await read(bytes);
        expect(units.flatMap(({ rows }) => rows.map(({ line }) => line))).toEqual(lines);
      }),
    );
  });

  it('returns the rest from the end of any unit', async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const units = await read(bytes);
        for (const [index, { next }] of units.entries())
          expect(await read(bytes.subarray(next.offset), CHUNK, next)).toEqual(units.slice(index + 1));
      }),
    );
  });
});

it('random bytes are rejected rows of NDJSON, and no CSV', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      expect((await ndjson(bytes)).every(({ kind }) => kind === 'rejected')).toBe(true);
      await expect(csv(bytes)).rejects.toThrow(UnreadableObjectError);
    }),
  );
});
