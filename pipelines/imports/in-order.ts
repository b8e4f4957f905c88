import pLimit from 'p-limit';

/** How much may be under way. */
export interface InOrderLimits {
  /** Works at the same time. */
  readonly concurrencyMax: number;
  /** Items that are held: at work, waiting for it, or done and waiting for an earlier one. */
  readonly heldMax: number;
}

/**
 * Works on items concurrently and gives the results in the items' order, so that whoever takes one knows that all before it
 * are done. It takes no further item while `heldMax` are held. When it ends early, what was not begun is not begun, and what
 * is under way has ended before it returns.
 *
 * @throws what `work` throws, when its turn comes.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  { concurrencyMax, heldMax }: InOrderLimits,
): AsyncGenerator<Result> {
  const limit = pLimit(concurrencyMax);
  const over = new AbortController();
  const held: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const working = limit(() => {
        over.signal.throwIfAborted();
        return work(item);
      });
      // Its failure is thrown when its turn comes.
      working.catch(() => undefined);
      held.push(working);
      const [first] = held;
      if (first !== undefined && held.length >= heldMax) {
        yield await first;
        held.shift();
      }
    }
    for (const working of held) yield await working;
  } finally {
    over.abort();
    await Promise.allSettled(held);
  }
}
