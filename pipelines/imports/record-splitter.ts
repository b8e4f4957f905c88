import { isUtf8 } from 'node:buffer';
import type { ImportPosition } from '../../contracts/imports/import-report.ts';
import type { RowPlace } from './import-tally.ts';

/** The longest record, in bytes: any order of 50 lines fits, however its characters are written. */
export const RECORD_BYTES_MAX = 262_144;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const LEADING_MARKS = /^\uFEFF+/;
/** Nothing that a reader of the file would see. */
const BLANK = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;

/** Where to read on. */
type Next = Pick<ImportPosition, 'offset' | 'line'>;

/** A line of NDJSON, or a row of CSV, which quoted line breaks make longer than a line. */
export interface TextRecord {
  readonly place: RowPlace;
  readonly next: Next;
  /** With a fault it is what can be read of the record, with U+FFFD for what cannot. */
  readonly text: string;
  readonly fault?: string;
}

/** Blank records, all in one. */
export interface BlankRecords {
  readonly place?: undefined;
  readonly next: Next;
}

/** Whether a line break ends the record: in CSV not between quotes, which open only where a field begins. */
type Scan = 'line' | 'field-start' | 'field' | 'quoted' | 'quote-in-quoted';

/** Whether nothing holds characters that a reader would see. */
export const isBlank = (text: string): boolean => BLANK.test(text);

/**
 * Splits bytes into records, however they are cut into chunks. It holds no more than one record, and one that is too long not
 * at all: such a record ends at the next line break. Blank records are left out, and byte order marks that begin a record:
 * exports that were joined have them in the middle.
 */
export class RecordSplitter {
  readonly #begin: Scan;
  #scan: Scan;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #isBlank = true;
  /** Whether all bytes of the record so far are those of byte order marks. */
  #isMark = true;
  #offset: number;
  /** Of the record's begin, and of the byte that comes next. */
  #firstLine: number;
  #line: number;

  /** @param from Where the first byte is. */
  constructor(format: 'csv' | 'ndjson', from: Next) {
    this.#begin = format === 'csv' ? 'field-start' : 'line';
    this.#scan = this.#begin;
    this.#offset = from.offset;
    this.#firstLine = from.line;
    this.#line = from.line;
  }

  /** Where the record begins that has not ended yet. */
  get position(): Next {
    return { offset: this.#offset, line: this.#firstLine };
  }

  /** The records that end in this chunk. */
  *push(chunk: Uint8Array): Generator<TextRecord> {
    let begin = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      if (!this.#isEnd(chunk[index] ?? 0)) continue;
      const record = this.#take(chunk, begin, index + 1);
      if (record !== undefined) yield record;
      begin = index + 1;
    }
    this.#hold(chunk.subarray(begin));
  }

  /** The record that has no line break at its end. */
  *end(): Generator<TextRecord> {
    if (this.#bytes === 0) return;
    const record = this.#take(new Uint8Array(), 0, 0);
    if (record !== undefined) yield record;
  }

  #isEnd(byte: number): boolean {
    this.#bytes += 1;
    if (byte === LF) {
      this.#line += 1;
      return this.#scan !== 'quoted' || this.#bytes > RECORD_BYTES_MAX;
    }
    if (this.#isMark && this.#goesOnAsMark(byte)) return false;
    if (byte !== SPACE && byte !== TAB && byte !== CR) this.#isBlank = false;
    this.#scan = nextScan(this.#scan, byte);
    return false;
  }

  /** A mark takes no part in the scan: the field begins behind it. */
  #goesOnAsMark(byte: number): boolean {
    const place = (this.#bytes - 1) % BYTE_ORDER_MARK.length;
    const isMark = byte === BYTE_ORDER_MARK[place];
    this.#isMark = isMark;
    // Part of a mark is no mark, but part of another character, or of none.
    if (isMark) this.#isBlank = place === BYTE_ORDER_MARK.length - 1;
    else if (place > 0) this.#scan = nextScan(this.#scan, BYTE_ORDER_MARK[0]);
    return isMark;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#bytes > RECORD_BYTES_MAX) this.#held = [];
    // A copy: the chunk is its sender's again once it is scanned, and a few bytes of it must not keep it all.
    else if (bytes.length > 0) this.#held.push(Buffer.from(bytes));
  }

  /** The record whose last bytes are the chunk's from `begin` to `end`; none if it is blank. */
  #take(chunk: Uint8Array, begin: number, end: number): TextRecord | undefined {
    const record = this.#isBlank ? undefined : this.#recordOf(chunk.subarray(begin, end));
    this.#offset += this.#bytes;
    this.#firstLine = this.#line;
    if (this.#held.length > 0) this.#held = [];
    this.#bytes = 0;
    this.#isBlank = true;
    this.#isMark = true;
    this.#scan = this.#begin;
    return record;
  }

  #recordOf(rest: Uint8Array): TextRecord | undefined {
    const lastLine = rest.length > 0 ? this.#line - 1 : this.#line;
    const place = {
      line: this.#firstLine,
      ...(lastLine === this.#firstLine ? {} : { lineEnd: lastLine }),
    };
    const next = { offset: this.#offset + this.#bytes, line: this.#line };
    if (this.#bytes > RECORD_BYTES_MAX)
      return { place, next, fault: `is longer than ${RECORD_BYTES_MAX} bytes`, text: '' };
    const content = withoutBreak(Buffer.concat([...this.#held, rest]));
    const text = content.toString('utf8').replace(LEADING_MARKS, '');
    if (!isUtf8(content)) return { place, next, fault: 'is not UTF-8', text };
    return isBlank(text) ? undefined : { place, next, text };
  }
}

/**
 * The records of a stream of bytes whose first is at `from`. Behind a chunk that ends with blank records it tells of them, so
 * that nobody has to read them again.
 */
export async function* splitRecords(
  format: 'csv' | 'ndjson',
  chunks: AsyncIterable<Uint8Array>,
  from: Next,
): AsyncGenerator<TextRecord | BlankRecords> {
  const splitter = new RecordSplitter(format, from);
  let { offset } = from;
  for await (const chunk of chunks) {
    for (const record of splitter.push(chunk)) {
      offset = record.next.offset;
      yield record;
    }
    const next = splitter.position;
    if (next.offset === offset) continue;
    offset = next.offset;
    yield { next };
  }
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
