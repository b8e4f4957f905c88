import { isUtf8 } from 'node:buffer';
import type { ImportPosition } from '../../contracts/imports/import-report.ts';
import type { RowPlace } from './import-unit.ts';

/** The longest record, in bytes: any order of 50 lines fits, with its characters in any encoding. */
export const RECORD_BYTES_MAX = 262_144;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const LEADING_MARKS = /^\uFEFF+/;
/** Only characters that are invisible. */
const BLANK = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;

/** Where to continue reading. */
type Next = Pick<ImportPosition, 'offset' | 'line'>;

/** A line of NDJSON, or a row of CSV, which quoted line breaks make longer than a line. */
export interface TextRecord {
  readonly place: RowPlace;
  readonly next: Next;
  /** With a fault it is the readable part of the record, with U+FFFD for the rest. */
  readonly text: string;
  readonly fault?: string;
}

/** Successive blank records, combined. */
export interface BlankRecords {
  readonly place?: undefined;
  readonly next: Next;
}

/** Whether a line break ends the record: in CSV not between quotes, which open only where a field begins. */
type Scan = 'line' | 'field-start' | 'field' | 'quoted' | 'quote-in-quoted';

/** Whether a text holds no visible characters. */
export const isBlank = (text: string): boolean => BLANK.test(text);

/**
 * Splits bytes into records, independent of the chunks. It holds at most one record, and none that is too long:
 * such a record ends at the next line break. Blank records are skipped, and byte order marks at the beginning of a record:
 * joined exports have them in the middle.
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
  /** The line of the record's beginning, and of the next byte. */
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
    if (this.#isMark && this.#continuesMark(byte)) return false;
    if (byte !== SPACE && byte !== TAB && byte !== CR) this.#isBlank = false;
    this.#scan = nextScan(this.#scan, byte);
    return false;
  }

  /** A mark is not part of the scan: the field begins after it. */
  #continuesMark(byte: number): boolean {
    const place = (this.#bytes - 1) % BYTE_ORDER_MARK.length;
    const isMark = byte === BYTE_ORDER_MARK[place];
    this.#isMark = isMark;
    // A part of a mark is no mark, but part of another character, or invalid.
    if (isMark) this.#isBlank = place === BYTE_ORDER_MARK.length - 1;
    else if (place > 0) this.#scan = nextScan(this.#scan, BYTE_ORDER_MARK[0]);
    return isMark;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#bytes > RECORD_BYTES_MAX) this.#held = [];
    // A copy: the sender reuses the chunk after the scan, and a few bytes must not keep the complete chunk in memory.
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
 * The records of a stream of bytes whose first is at `from`. After a chunk that ends with blank records it yields them, so
 * that they are not read again.
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
