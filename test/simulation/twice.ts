import { type Campaign, runSeeds, type SeedRange } from './pool.ts';

/** What seeds came to that were each run twice. */
export interface RunTwice {
  readonly once: Campaign;
  /** The seeds that did not take the same steps to the same end both times. */
  readonly differing: readonly number[];
}

/**
 * Runs seeds twice: upwards, and downwards, in as many threads as are told. So the second time each has other seeds before
 * it and beside it, and whatever one run leaves for another shows. Seeds of which one fails are not run again.
 */
export async function runTwice(range: SeedRange, threads?: number): Promise<RunTwice> {
  const once = await runSeeds(range);
  if (once.failure !== undefined) return { once, differing: [] };
  const { hashes } = await runSeeds({ ...range, isDownwards: true }, threads);
  const differing = [...once.hashes].flatMap(([seed, hash]) => (hashes.get(seed) === hash ? [] : [seed]));
  return { once, differing };
}
