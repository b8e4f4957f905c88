import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING } from '../../../contracts/imports/import-report.ts';
import { RECORD_BYTES_MAX, splitRecords } from '../../../pipelines/imports/record-splitter.ts';
import { allOf, inChunks } from '../../builders/imports/imports.ts';

const FORMATS = ['csv', 'ndjson'] as const;
const CHUNK = 65_536;

const split = async (
  format: (typeof FORMATS)[number],
  content: string | Uint8Array,
  bytes = CHUNK,
  from = BEGINNING,
) => {
  const records = await allOf(splitRecords(format, inChunks(content, bytes), from));
  return records.filter((record) => record.place !== undefined);
};
const textsOf = async (format: (typeof FORMATS)[number], content: string) =>
  (await split(format, content)).map((record) => record.fault ?? record.text);

/** Texts of what makes a difference, and some bytes that are no text. */
const content = fc
  .array(
    fc.oneof(
      fc
        .constantFrom('"', ',', '\n', '\r\n', '\r', 'a', 'é', '💡', '\uFEFF')
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

describe.each(FORMATS)('records of %s', (format) => {
  it('are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 7 }), async (bytes, chunk) => {
        expect(await split(format, bytes, chunk)).toEqual(await split(format, bytes));
      }),
    );
  });

  it('are read on from the end of any of them as without a stop', async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const records = await split(format, bytes);
        for (const [index, { next }] of records.entries()) {
          const rest = await split(format, bytes.subarray(next.offset), CHUNK, next);
          expect(rest).toEqual(records.slice(index + 1));
        }
      }),
    );
  });

  it('end at a line feed, with or without a carriage return, and at the end', async () => {
    expect(await textsOf(format, 'a\nb\r\n\n\r\nc')).toEqual(['a', 'b', 'c']);
  });

  it('have the numbers of their lines, blank ones counted', async () => {
    const records = await split(format, 'a\r\n\r\nb\n');
    expect(records.map(({ place, next }) => [place, next])).toEqual([
      [{ line: 1 }, { offset: 3, line: 2 }],
      [{ line: 3 }, { offset: 7, line: 4 }],
    ]);
  });

  it('do not begin with byte order marks, in any place', async () => {
    expect(await textsOf(format, '\uFEFFa\n\uFEFF\uFEFFb\n\uFEFF\n')).toEqual(['a', 'b']);
  });

  it('that are not UTF-8 are reported, and the others kept', async () => {
    const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.of(0xc3, 0x28, 0x0a), Buffer.from('b\n')]);
    expect(await split(format, bytes)).toMatchObject([
      { text: 'a' },
      { fault: 'is not UTF-8' },
      { text: 'b' },
    ]);
  });

  it('that begin with a part of a byte order mark are not blank', async () => {
    for (const bytes of [[0xef, 0xbb], [0xef, 0xbb, 0x0d], [0xef], [0xef, 0xbb, 0xbf, 0xef]])
      for (const chunk of [1, 2, CHUNK])
        expect(await split(format, Buffer.of(...bytes, 0x0a), chunk)).toMatchObject([
          { fault: 'is not UTF-8' },
        ]);
  });

  it('that are too long are reported, and the others kept', async () => {
    const longest = 'x'.repeat(RECORD_BYTES_MAX - 1);
    expect(await split(format, `${longest}\n${longest}xx\nb\n`, 1_000)).toMatchObject([
      { text: longest },
      { fault: `is longer than ${RECORD_BYTES_MAX} bytes`, place: { line: 2 } },
      { text: 'b', place: { line: 3 } },
    ]);
  });
});

describe('a row of CSV', () => {
  it('continues over a line break between quotes', async () => {
    expect(await split('csv', '1,"x\r\n""y"""\nz\n')).toMatchObject([
      { text: '1,"x\r\n""y"""', place: { line: 1, lineEnd: 2 } },
      { text: 'z', place: { line: 3 } },
    ]);
  });

  it('may begin with a byte order mark before its first quote', async () => {
    const texts = ['"a,"', '"x\r\ny",z'];
    expect(await textsOf('csv', texts.map((text) => `\uFEFF${text}\n`).join(''))).toEqual(texts);
  });

  it('ends at its line when a quote is where no field begins', async () => {
    expect(await textsOf('csv', 'a,5" nail\nb\n')).toEqual(['a,5" nail', 'b']);
  });

  it('whose quote is never closed is given up at the first line break after the longest record', async () => {
    const rows = 'ab\n'.repeat(RECORD_BYTES_MAX / 2);
    const [first, second] = await split('csv', `"open\n${rows}`);
    expect(first).toMatchObject({ fault: expect.any(String), place: { line: 1, lineEnd: 87_381 } });
    expect(second).toMatchObject({ text: 'ab', place: { line: 87_382 } });
  });
});

it('a line of NDJSON ends at its line break, with any quotes', async () => {
  expect(await textsOf('ndjson', '"a\nb"\n')).toEqual(['"a', 'b"']);
});
