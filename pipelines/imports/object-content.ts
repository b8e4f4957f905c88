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

/** The format by a key's suffix, or `undefined` for a key that is not imported: a report, or progress. */
export function formatOf(key: string): ObjectFormat | undefined {
  const { rows, gzip } = SUFFIX.exec(key)?.groups ?? {};
  if (rows !== 'csv' && rows !== 'ndjson') return undefined;
  return { rows, isGzipped: gzip !== undefined };
}

const GZIP = 'gzip';
const ZLIB_CODE_PREFIX = 'Z_';

/**
 * What the object holds, inflated where it is compressed, from `offset` on. A gzip cannot be read from its middle: it is
 * inflated from its beginning, and the bytes before the offset are discarded.
 *
 * @param isTimeUp Called before each chunk but the first, of at most 1 MiB: a chunk may hold no end of a row.
 * @throws UnreadableObjectError for a broken gzip, or another encoding; OutOfTimeError when the time has ended.
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
  // A .gz with the header is compressed once: the suffix and the header have the same meaning.
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
    if (!isFirst && isTimeUp()) throw new OutOfTimeError('The time ended between two chunks of the object');
    isFirst = false;
    yield chunk;
  }
}

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const isUsedUp = feed(gunzip, bytes);
  // Any failure is thrown by the loop below.
  isUsedUp.catch((error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnreadableObjectError('The object is no gzip, or is incomplete', [], { cause: error });
  }
  if (!(await isUsedUp)) throw new UnreadableObjectError('The object continues after the end of its gzip');
}

/**
 * Inflates the bytes. @returns whether they were used up. zlib ends without an error at the first byte after a member that begins no
 * other one (https://nodejs.org/api/zlib.html); only zeros after the last member are padding, as for gzip(1).
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
  let toSkip = offset;
  for await (const chunk of chunks) {
    if (toSkip < chunk.length) yield chunk.subarray(toSkip);
    toSkip = Math.max(0, toSkip - chunk.length);
  }
}
