import { type Campaign, runSeeds, type SeedRange } from './pool.ts';

/** The outcome of seeds that were each run twice. */
export interface RunTwice {
  readonly once: Campaign;
  /** The seeds that did not take the same steps to the same end both times. */
  readonly differing: readonly number[];
}

/**
 * Runs seeds twice: upwards, and downwards, in the given number of threads. So the second time each has other seeds before
 * it and beside it, and any effect of one run on another shows. Seeds of which one fails are not run again.
 */
export async function runTwice(range: SeedRange, threads?: number): Promise<RunTwice> {
  const once = await runSeeds(range);
  if (once.failure !== undefined) return { once, differing: [] };
  const { hashes } = await runSeeds({ ...range, isDownwards: true }, threads);
  const differing = [...once.hashes].flatMap(([seed, hash]) => (hashes.get(seed) === hash ? [] : [seed]));
  return { once, differing };
}
