import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableObjectError } from '../../../pipelines/imports/errors.ts';
import { contentOf } from '../../../pipelines/imports/object-content.ts';
import { inChunks } from '../../builders/imports/imports.ts';

const GZIP = { rows: 'ndjson', isGzipped: true } as const;
const zeros = (count: number): Buffer => Buffer.alloc(count);
const joined = (...parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? gzipSync(part) : part)));

/** What could be read, and whether it was all. */
async function inflated(bytes: Uint8Array, chunk: number) {
  const object = { contentEncodings: [], bytes: () => inChunks(bytes, chunk) };
  let text = '';
  try {
    for await (const piece of contentOf(object, GZIP, 0)) text += Buffer.from(piece).toString();
    return { text, isComplete: true };
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableObjectError);
    return { text, isComplete: false };
  }
}

/** In chunks of each size, from single bytes to all at once. */
const inAllChunks = (bytes: Uint8Array) =>
  Promise.all(Array.from({ length: bytes.length + 1 }, (_, index) => inflated(bytes, index + 1)));

describe('a gzip', () => {
  it.each([
    ['of one member', joined('a\n'), 'a\n'],
    ['of several members', joined('a\n', '', 'b\n'), 'a\nb\n'],
    ['with zeros behind its end', joined('a\n', 'b\n', zeros(40)), 'a\nb\n'],
  ])('%s is read completely, however it is cut', async (_, bytes, text) => {
    for (const read of await inAllChunks(bytes)) expect(read).toEqual({ text, isComplete: true });
  });

  it.each([
    ['zeros between two members', joined('a\n', zeros(512), 'b\n')],
    ['a single zero between two members', joined('a\n', zeros(1), 'b\n')],
    ['text behind its end', joined('a\n', Buffer.from('b\n'))],
    ['zeros and text behind its end', joined('a\n', zeros(3), Buffer.from('b\n'), zeros(3))],
    ['a member that breaks off', joined('a\n', gzipSync('b\n').subarray(0, -3))],
    ['the first byte of a member behind its end', joined('a\n', Buffer.of(0x1f))],
    ['nothing', zeros(0)],
    ['zeros alone', zeros(20)],
  ])('with %s is not read as complete', async (_, bytes) => {
    for (const { isComplete } of await inAllChunks(bytes)) expect(isComplete).toBe(false);
  });

  it('is all of what was compressed, or not complete', async () => {
    const part = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.nat(20).map(zeros),
      fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        async (parts, chunk) => {
          const { text, isComplete } = await inflated(joined(...parts), chunk);
          const texts = parts.filter((one) => typeof one === 'string').join('');
          if (isComplete) expect(text).toBe(texts);
          else expect(texts.startsWith(text) || text.includes('\uFFFD')).toBe(true);
        },
      ),
      { seed: 7 },
    );
  });
});
