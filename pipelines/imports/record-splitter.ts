import { isUtf8 } from 'node:buffer';
import type { ImportPosition } from '../../contracts/imports/import-position.ts';
import type { RowPlace } from './import-unit.ts';

/** The longest record, in bytes: any order of 50 lines fits, however its characters are written. */
export const RECORD_BYTES_MAX = 262_144;

const LF = 0x0a;
const CR = 0x0d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** A line of NDJSON, or a row of CSV, which quoted line breaks make longer than a line. */
export type TextRecord = {
  readonly place: RowPlace;
  readonly next: Pick<ImportPosition, 'offset' | 'line'>;
} & ({ readonly text: string } | { readonly fault: string });

/** Whether a line break ends the record: in CSV not between quotes, which open only where a field begins. */
type Scan = 'line' | 'field-start' | 'field' | 'quoted' | 'quote-in-quoted';

/**
 * Splits bytes into records, however they are cut into chunks. It holds no more than one record, and one that is too long not
 * at all: such a record ends at the next line break. Blank records are left out.
 */
export class RecordSplitter {
  readonly #begin: Scan;
  #scan: Scan;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #offset: number;
  /** Of the record's begin, and of the byte that comes next. */
  #firstLine: number;
  #line: number;

  /** @param from Where the first byte is. */
  constructor(format: 'csv' | 'ndjson', from: Pick<ImportPosition, 'offset' | 'line'>) {
    this.#begin = format === 'csv' ? 'field-start' : 'line';
    this.#scan = this.#begin;
    this.#offset = from.offset;
    this.#firstLine = from.line;
    this.#line = from.line;
  }

  /** The records that end in this chunk. */
  *push(chunk: Uint8Array): Generator<TextRecord> {
    let begin = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      if (!this.#isEnd(chunk[index] ?? 0)) continue;
      yield* this.#take(chunk.subarray(begin, index + 1));
      begin = index + 1;
    }
    this.#hold(chunk.subarray(begin));
  }

  /** The record that has no line break at its end. */
  *end(): Generator<TextRecord> {
    if (this.#bytes > 0) yield* this.#take(new Uint8Array());
  }

  #isEnd(byte: number): boolean {
    this.#bytes += 1;
    if (byte === LF) {
      this.#line += 1;
      return this.#scan !== 'quoted' || this.#bytes > RECORD_BYTES_MAX;
    }
    this.#scan = nextScan(this.#scan, byte);
    return false;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#bytes > RECORD_BYTES_MAX) this.#held = [];
    // A copy: the chunk is its sender's again once it is scanned, and a few bytes of it must not keep it all.
    else if (bytes.length > 0) this.#held.push(Buffer.from(bytes));
  }

  *#take(rest: Uint8Array): Generator<TextRecord> {
    const isAtBeginning = this.#offset === 0;
    const isTooLong = this.#bytes > RECORD_BYTES_MAX;
    const bytes = isTooLong ? Buffer.alloc(0) : Buffer.concat([...this.#held, rest]);
    const endsWithBreak = rest.at(-1) === LF;
    const lastLine = endsWithBreak ? this.#line - 1 : this.#line;
    const place = {
      line: this.#firstLine,
      ...(lastLine === this.#firstLine ? {} : { lineEnd: lastLine }),
    };
    this.#offset += this.#bytes;
    const next = { offset: this.#offset, line: this.#line };
    this.#held = [];
    this.#bytes = 0;
    this.#firstLine = this.#line;
    this.#scan = this.#begin;
    const content = withoutBreak(isAtBeginning ? withoutMark(bytes) : bytes);
    if (isTooLong) yield { place, next, fault: `is longer than ${RECORD_BYTES_MAX} bytes` };
    else if (!isUtf8(content)) yield { place, next, fault: 'is not UTF-8' };
    else if (content.length > 0) yield { place, next, text: content.toString('utf8') };
  }
}

/** The records of a stream of bytes whose first is at `from`. */
export async function* splitRecords(
  format: 'csv' | 'ndjson',
  chunks: AsyncIterable<Uint8Array>,
  from: Pick<ImportPosition, 'offset' | 'line'>,
): AsyncGenerator<TextRecord> {
  const splitter = new RecordSplitter(format, from);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}

function nextScan(scan: Scan, byte: number): Scan {
  if (scan === 'line') return scan;
  if (scan === 'quoted') return byte === QUOTE ? 'quote-in-quoted' : scan;
  if (byte === COMMA) return 'field-start';
  return byte === QUOTE && scan !== 'field' ? 'quoted' : 'field';
}

function withoutBreak(bytes: Buffer): Buffer {
  const end = bytes.at(-1) === LF ? bytes.length - 1 : bytes.length;
  return bytes.subarray(0, bytes.at(end - 1) === CR ? end - 1 : end);
}

const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? bytes.subarray(BYTE_ORDER_MARK.length)
    : bytes;
