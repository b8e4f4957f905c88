import * as z from 'zod';

/** The most entries of one batch. */
export const BATCH_ENTRIES_MAX = 1_000;

/** The largest body of a batch, in bytes: 1,000 entries of 1 KiB, well below the 6 MB of a Lambda event. */
export const BATCH_BODY_BYTES_MAX = 1024 * 1024;

/** The entries of a batch. */
export const batchOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(entry).min(1).max(BATCH_ENTRIES_MAX);

/** The outcome of one entry of a batch. */
export const BatchOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created') }),
  /** An item has this id, and it is unchanged. */
  z.object({ outcome: z.literal('already-exists') }),
  /** It was not written, or the outcome is unknown: sent again, it is `already-exists` where it was written. */
  z.object({ outcome: z.literal('failed'), retryable: z.boolean() }),
]);
export type BatchOutcome = z.infer<typeof BatchOutcome>;

/** How many entries of a batch had each outcome. */
export const BatchCounts = z.object({ created: z.int(), alreadyExists: z.int(), failed: z.int() });
export type BatchCounts = z.infer<typeof BatchCounts>;

/** Adds an issue for each id that an earlier entry has, and names that entry. `place` is the list and the id's field in an entry. */
export function checkDistinct(
  ids: readonly string[],
  [list, ...field]: readonly [list: string, ...field: string[]],
  ctx: z.RefinementCtx,
): void {
  const firstAt = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    else {
      const message = `is the same as /${[list, first, ...field].join('/')}`;
      ctx.addIssue({ code: 'custom', path: [index, ...field], message });
    }
  }
}
