import pLimit from 'p-limit';

const CHUNKS_AT_ONCE_MAX = 4;

/**
 * Runs `run` for chunks of at most `sizeMax` entries, four at once, and gives the results in the entries' order.
 *
 * @throws the first failure of a chunk, once all of them have ended: nothing goes on behind an answer.
 */
export async function inChunks<Entry, Result>(
  entries: readonly Entry[],
  sizeMax: number,
  run: (chunk: readonly Entry[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const limit = pLimit(CHUNKS_AT_ONCE_MAX);
  const starts = Array.from({ length: Math.ceil(entries.length / sizeMax) }, (_, place) => place * sizeMax);
  const chunks = await Promise.allSettled(
    starts.map((start) => limit(() => run(entries.slice(start, start + sizeMax)))),
  );
  return chunks.flatMap((chunk) => {
    if (chunk.status === 'rejected') throw chunk.reason;
    return chunk.value;
  });
}
