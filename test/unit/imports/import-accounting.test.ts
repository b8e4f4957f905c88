import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT_PARTS_MAX, REPORTED_ROWS_MAX } from '../../../contracts/imports/import-report.ts';
import { PART_ROWS } from '../../../pipelines/imports/import-unit.ts';
import { CSV_HEADER, csvRow, importedOrder } from '../../builders/imports/imports.ts';
import { importInMemory } from '../../builders/imports/memory-import.ts';

const SEED = 7;
const RUNS = 300;
const FORMATS = ['csv', 'ndjson'] as const;
type Rows = (typeof FORMATS)[number];

/** An object as its pieces: a row and its mark, which no other row has, or bytes that are none. */
interface Piece {
  readonly bytes: Buffer;
  /** The order that the row is of, where it is well-formed. */
  readonly sourceId?: string;
}

const junk = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      '\t',
      '\uFEFF',
      '\u200B ',
      '\u0000',
      'x',
      '"',
      '"open',
      ',,,',
      '{',
      'null',
      '[]',
      '0',
    ),
    fc.constantFrom(
      CSV_HEADER,
      `\uFEFF${CSV_HEADER}`,
      '{"sourceId":{"length":{"toString":null}}}',
      '{"__proto__":1}',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  .map((text): Piece => ({ bytes: Buffer.from(text) }));
const undecodable = fc
  .oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom(
      Buffer.from([0xef, 0xbb]),
      Buffer.from('J\xfcrgen', 'latin1'),
      Buffer.from('\uFEFFa,b', 'utf16le'),
    ),
  )
  .map((bytes): Piece => ({ bytes: Buffer.from(bytes) }));

const fields = fc.record({
  sourceId: fc.constantFrom('S-1', 'S-2', 'S-3', 'S-4', ' S-1', 'S\uFEFF-2', ''),
  userId: fc.constantFrom('u-1', 'u-1', 'u-1', '-', 'u 1'),
  name: fc.constantFrom('Oak chair', 'Oak, chair', 'Oak\r\nchair', '5" nail', 'Zo\uFFFD', 'lost\u0000'),
  quantity: fc.constantFrom('1', '1', '01', '1.0', '1e2', '+1', '-0', '0', 'x', ''),
  amount: fc.constantFrom('2500', '0', '-0', '1e3', '9999999999999'),
});
type Fields = typeof fields extends fc.Arbitrary<infer Value> ? Value : never;
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const goodRow = fc.constantFrom('S-1', 'S-2', 'S-3', 'S-4', 'S-5');
const csvPiece = (sku: string) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: goodRow.map((sourceId) => ({ bytes: Buffer.from(csvRow({ sourceId, sku })), sourceId })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fields, fc.boolean()).map(([of, isQuoted]: [Fields, boolean]) => ({
        bytes: Buffer.from(csvRow({ ...of, name: isQuoted ? quoted(of.name) : of.name, sku })),
      })),
    },
  );
const ndjsonPiece = (sourceId: string) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constant({ bytes: Buffer.from(JSON.stringify(importedOrder({ sourceId }))), sourceId }),
    },
    {
      weight: 2,
      arbitrary: fields.map(({ quantity, amount, name, userId }) => {
        const [line] = importedOrder().lines;
        const text = JSON.stringify({
          ...importedOrder({ sourceId }),
          userId,
          lines: [{ ...line, name, quantity: 11, amount: 12 }],
        });
        return { bytes: Buffer.from(text.replace(':11', `:${quantity}`).replace(':12', `:${amount}`)) };
      }),
    },
  );

/** Pieces, each with a mark of its own: the sku of its line, or the id of its order. */
const objectOf = (rows: Rows): fc.Arbitrary<readonly Piece[]> =>
  fc
    .nat(9)
    .chain((count) =>
      fc.tuple(
        ...Array.from(
          { length: count },
          (_, index): fc.Arbitrary<Piece> =>
            fc.oneof(
              {
                weight: 4,
                arbitrary: rows === 'csv' ? csvPiece(`MARK-${index}`) : ndjsonPiece(`MARK-${index}`),
              },
              { weight: 1, arbitrary: junk },
              { weight: 1, arbitrary: undecodable },
            ),
        ),
      ),
    )
    .map((pieces) => (rows === 'csv' ? [{ bytes: Buffer.from(CSV_HEADER) }, ...pieces] : pieces));

/** Lines of a content, by the one thing that ends them. */
function linesOf(content: Buffer): readonly string[] {
  const lines: string[] = [];
  let begin = 0;
  for (let end = content.indexOf('\n'); end !== -1; end = content.indexOf('\n', begin)) {
    lines.push(content.subarray(begin, end).toString('latin1'));
    begin = end + 1;
  }
  return [...lines, content.subarray(begin).toString('latin1')];
}

/** Whether a reader would see nothing but separators on a line, whose bytes are in a text of Latin-1. */
const isEmpty = (line: string, rows: Rows): boolean => {
  const text = Buffer.from(line, 'latin1').toString('utf8');
  const seen = text.replace(/[\s\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  return (rows === 'csv' ? seen.replace(/[",]/g, '') : seen) === '';
};

const broken = fc.constantFrom<(bytes: Buffer) => Buffer>(
  (bytes) => bytes,
  (bytes) => gzipSync(bytes),
  (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 99)), gzipSync(bytes.subarray(99))]),
  (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 99)), Buffer.alloc(9), gzipSync(bytes.subarray(99))]),
  (bytes) => gzipSync(bytes).subarray(0, -5),
);

type Imported = Awaited<ReturnType<typeof importInMemory>>;

/** The marks of all rows that are in an order. */
const marksOf = ({ placed }: Imported, rows: Rows): readonly string[] =>
  placed.flatMap(({ sourceId, lines }) => (rows === 'csv' ? lines.map(({ sku }) => sku) : [sourceId]));

/** The well-formed rows of a CSV that are in no order, though another row of their order is. */
const missingRows = ({ placed }: Imported, marks: readonly string[], pieces: readonly Piece[]) =>
  pieces
    .slice(1)
    .map(({ sourceId }, index) => ({ sourceId, mark: `MARK-${index}` }))
    .filter(({ mark }) => !marks.includes(mark))
    .filter(({ sourceId }) => placed.some((order) => order.sourceId === sourceId));

/** The lines that are neither rejected nor of an order, or both. */
function unaccounted(
  { rejected }: Imported,
  marks: readonly string[],
  content: Buffer,
  rows: Rows,
): readonly string[] {
  const lines = linesOf(content);
  const first = rows === 'csv' ? lines.findIndex((line) => !isEmpty(line, rows)) + 1 : 0;
  const isRejected = (line: number): boolean =>
    rejected.some((row) => row.line <= line && line <= (row.lineEnd ?? row.line));
  const isPlaced = (text: string): boolean => marks.some((mark) => new RegExp(`${mark}(?!\\d)`).test(text));
  return lines.filter(
    (text, index) => index >= first && !isEmpty(text, rows) && isRejected(index + 1) === isPlaced(text),
  );
}

describe.each(FORMATS)('any object of %s', (rows) => {
  it('each row of it is in an order or rejected with a reason, or the object has failed', async () => {
    const delivery = fc.record({
      encode: broken,
      lineBreak: fc.constantFrom('\n', '\r\n'),
      chunk: fc.integer({ min: 1, max: 300 }),
      looksMax: fc.integer({ min: 2, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(objectOf(rows), delivery, async (pieces, { encode, lineBreak, chunk, looksMax }) => {
        const content = Buffer.concat(pieces.flatMap(({ bytes }) => [bytes, Buffer.from(lineBreak)]));
        const bytes = encode(content);
        const format = { rows, isGzipped: bytes !== content };
        const imported = await importInMemory(bytes, format, { chunk, looksMax });
        const { progress, rejected } = imported;
        const marks = marksOf(imported, rows);
        expect(progress.rows).toBe(marks.length + progress.orders.alreadyThere + progress.rejected);
        expect(rejected.every(({ reason }) => reason !== '')).toBe(true);
        // No order is short of a row, also where the object has failed.
        expect(missingRows(imported, marks, rows === 'csv' ? pieces : [])).toEqual([]);
        if (progress.failure !== undefined) return;
        expect(rejected).toHaveLength(progress.rejected);
        expect(unaccounted(imported, marks, content, rows)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('it becomes the same, with its bytes cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(objectOf(rows), fc.boolean(), async (pieces, isGzipped) => {
        const content = Buffer.concat(
          pieces.slice(0, 4).flatMap(({ bytes }) => [bytes, Buffer.from('\r\n')]),
        );
        const bytes = isGzipped ? gzipSync(content) : content;
        const complete = await importInMemory(bytes, { rows, isGzipped });
        for (let chunk = 1; chunk <= bytes.length; chunk += chunk < 16 ? 1 : 37) {
          const { placed, rejected } = await importInMemory(bytes, { rows, isGzipped }, { chunk });
          expect({ placed, rejected }).toEqual({ placed: complete.placed, rejected: complete.rejected });
        }
      }),
      { seed: SEED, numRuns: 30 },
    );
  });
});

describe('bytes without a row', () => {
  const NDJSON = { rows: 'ndjson', isGzipped: true } as const;
  const order = JSON.stringify(importedOrder());

  it('are left to further runs, each of which continues after them', async () => {
    const content = gzipSync(
      `${order}\n${' \t\r\n'.repeat(500_000)}${JSON.stringify(importedOrder({ sourceId: 'S-2' }))}`,
    );
    const { progress, runs, placed } = await importInMemory(content, NDJSON, { looksMax: 180 });
    expect(runs).toBeGreaterThan(1);
    expect(progress).not.toHaveProperty('failure');
    expect(placed).toHaveLength(2);
  });

  it('that never end are given up in the middle of them, and what came before is imported', async () => {
    const content = gzipSync(`${order}\n${'x'.repeat(3_000_000)}`);
    const { progress, placed } = await importInMemory(content, NDJSON, { looksMax: 60 });
    expect(progress.failure).toMatch(/split the object/);
    expect(placed).toHaveLength(1);
  });
});

describe('a report', () => {
  it('names a bounded number of rows, and says how many it leaves out', async () => {
    const fitting = REPORTED_ROWS_MAX + REPORT_PARTS_MAX * PART_ROWS;
    const content = gzipSync('x\n'.repeat(fitting + 20));
    const { progress, rejected } = await importInMemory(content, { rows: 'ndjson', isGzipped: true });
    expect(progress).toMatchObject({
      rejected: fitting + 20,
      rejectedLeftOut: 20,
      partsWritten: REPORT_PARTS_MAX,
    });
    expect(rejected).toHaveLength(fitting);
  });
});
