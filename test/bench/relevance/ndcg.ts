/** How many hits count. */
export const HITS_COUNTED = 10;

/**
 * The normalised discounted cumulative gain of the first {@link HITS_COUNTED} hits, 0 to 1: their gain, 2^grade - 1 each,
 * divided by the logarithm of their place, beside that of the best list there could be. Where nothing is wanted, it is 1 for no hit and 0 for any.
 * See https://en.wikipedia.org/wiki/Discounted_cumulative_gain.
 *
 * @param found the grades of the hits, in their order.
 * @param all the grades of everything that could be found.
 */
export function ndcg(found: readonly number[], all: readonly number[]): number {
  const ideal = gain(all.toSorted((one, other) => other - one));
  if (ideal === 0) return found.length === 0 ? 1 : 0;
  return gain(found) / ideal;
}

const gain = (grades: readonly number[]): number =>
  grades
    .slice(0, HITS_COUNTED)
    .reduce((sum, grade, place) => sum + (2 ** grade - 1) / Math.log2(place + 2), 0);
