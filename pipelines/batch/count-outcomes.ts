import type { BatchCounts, BatchOutcome } from '../../contracts/api/batch.ts';

/** How many entries of a batch came to what. */
export function countOutcomes(outcomes: readonly BatchOutcome[]): BatchCounts {
  const count = (outcome: BatchOutcome['outcome']): number =>
    outcomes.filter((one) => one.outcome === outcome).length;
  return { created: count('created'), alreadyExists: count('already-exists'), failed: count('failed') };
}
