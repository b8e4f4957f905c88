import { createGunzip, type Gunzip } from 'node:zlib';
import { OutOfTimeError } from '../errors.ts';
import { UnreadableObjectError } from './errors.ts';
import type { ImportedObject } from './imported-object.ts';

/** How an imported object is to be read. */
export interface ObjectFormat {
  readonly rows: 'csv' | 'ndjson';
  readonly isGzipped: boolean;
}

const SUFFIX = /\.(?<rows>csv|ndjson)(?<gzip>\.gz)?$/;

/** The format that a key's suffix says, or `undefined` for a key that is not imported: a report, or progress. */
export function formatOf(key: string): ObjectFormat | undefined {
  const { rows, gzip } = SUFFIX.exec(key)?.groups ?? {};
  if (rows !== 'csv' && rows !== 'ndjson') return undefined;
  return { rows, isGzipped: gzip !== undefined };
}

const GZIP = 'gzip';
const ZLIB_CODE_PREFIX = 'Z_';

/**
 * What the object holds, inflated where it is compressed, from `offset` on. A gzip cannot be entered in its middle: it is
 * inflated from its begin, and what comes before the offset is dropped.
 *
 * @param isTimeUp Asked before each piece but the first, of at most 1 MiB: a piece may hold not a single row's end.
 * @throws UnreadableObjectError for a broken gzip, or another encoding; OutOfTimeError when time is up.
 */
export function contentOf(
  object: Pick<ImportedObject, 'bytes' | 'contentEncodings'>,
  format: ObjectFormat,
  offset: number,
  isTimeUp: () => boolean = () => false,
): AsyncIterable<Uint8Array> {
  const unknown = object.contentEncodings.filter((encoding) => encoding !== GZIP);
  if (unknown.length > 0)
    throw new UnreadableObjectError('The object has a Content-Encoding other than gzip');
  // A .gz that also says so of itself is compressed once: the suffix and the header tell the same.
  if (!format.isGzipped && object.contentEncodings.length === 0)
    return inTime(object.bytes(offset), isTimeUp);
  return from(inTime(inflated(object.bytes(0)), isTimeUp), offset);
}

async function* inTime(
  chunks: AsyncIterable<Uint8Array>,
  isTimeUp: () => boolean,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (!isFirst && isTimeUp()) throw new OutOfTimeError('Time was up between two pieces of the object');
    isFirst = false;
    yield chunk;
  }
}

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const isUsedUp = feed(gunzip, bytes);
  // Whatever fails on the way comes out of the loop below.
  isUsedUp.catch((error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnreadableObjectError('The object is no gzip, or breaks off', [], { cause: error });
  }
  if (!(await isUsedUp)) throw new UnreadableObjectError('The object goes on behind the end of its gzip');
}

/**
 * Inflates the bytes; gives whether they were used up. zlib ends in silence at the first byte behind a member that begins no other
 * one, whatever follows (https://nodejs.org/api/zlib.html); only zeros behind the last member are padding, as for gzip(1).
 */
async function feed(gunzip: Gunzip, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  let fed = 0;
  let hasEnded = false;
  for await (const chunk of bytes) {
    let rest = chunk;
    if (!hasEnded) {
      await new Promise<void>((resolve, reject) => {
        gunzip.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      fed += chunk.length;
      rest = chunk.subarray(chunk.length - (fed - gunzip.bytesWritten));
      hasEnded = rest.length > 0;
    }
    if (rest.some((byte) => byte !== 0)) return false;
  }
  if (!hasEnded) gunzip.end();
  return true;
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith(ZLIB_CODE_PREFIX);

async function* from(chunks: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let toDrop = offset;
  for await (const chunk of chunks) {
    if (toDrop < chunk.length) yield chunk.subarray(toDrop);
    toDrop = Math.max(0, toDrop - chunk.length);
  }
}
