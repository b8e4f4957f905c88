import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnreadableObjectError } from './errors.ts';
import type { ImportedObject } from './imported-object.ts';
import type { ObjectFormat } from './object-format.ts';

const GZIP = 'gzip';
const ZLIB_CODE_PREFIX = 'Z_';

/**
 * What the object holds, inflated where it is compressed, from `offset` on. A gzip cannot be entered in its middle: it is
 * inflated from its begin, and what comes before the offset is dropped.
 *
 * @throws UnreadableObjectError for a broken gzip, or another encoding.
 */
export function contentOf(
  object: Pick<ImportedObject, 'bytes' | 'contentEncodings'>,
  format: ObjectFormat,
  offset: number,
): AsyncIterable<Uint8Array> {
  const unknown = object.contentEncodings.filter((encoding) => encoding !== GZIP);
  if (unknown.length > 0)
    throw new UnreadableObjectError('The object has a Content-Encoding other than gzip');
  // A .gz that also says so of itself is compressed once: the suffix and the header tell the same.
  if (!format.isGzipped && object.contentEncodings.length === 0) return object.bytes(offset);
  return from(inflated(object.bytes(0)), offset);
}

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // Whatever fails on the way comes out of the loop below.
  pipeline(Readable.from(bytes), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnreadableObjectError('The object is no gzip, or breaks off', [], { cause: error });
  }
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
