import type { Difference } from './difference.ts';
import type { Finding, Repair, Settled } from './finding.ts';
import { type SettleOptions, untilSettled } from './until-settled.ts';

/**
 * A check of sums, each held by one item against many others. The many cannot be read at one moment. But whatever changes one
 * of them changes the item that holds the sum in the same transaction, so that its version tells whether they held still.
 */
export interface SumCheck {
  /** The versions of the items that hold those sums, read consistently; absent where there is no item. */
  versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Adds up anew. The id of each difference is the sum's, or begins with it and a space. */
  compare(ids: readonly string[], signal: AbortSignal): Promise<readonly Difference[]>;
  /** How a sum can be mended that differs at this version; no way where it is left out. */
  repair?(id: string, version: number | undefined, differences: readonly Difference[]): Repair;
}

/** The id of the sum that a difference is about: no id of ours holds a space. */
export const sumOf = ({ id }: Difference): string => id.split(' ', 1).join();

/**
 * Adds up again what differed, until it is the same twice with nothing in between. Twice, since what two transactions' parts
 * cancel out leaves the item alone, and one count could have seen the first part only.
 */
export async function settleSums(
  check: SumCheck,
  suspects: readonly Difference[],
  options: SettleOptions,
): Promise<Settled> {
  const left = new Set(suspects.map(sumOf));
  const earlier = new Map<string, string>();
  const findings: Finding[] = [];
  await untilSettled(async () => {
    const ids = [...left];
    if (ids.length === 0) return true;
    const before = await check.versions(ids);
    const differences = Map.groupBy(await check.compare(ids, options.signal), sumOf);
    const after = await check.versions(ids);
    for (const id of ids) {
      const version = before.get(id);
      const found = differences.get(id) ?? [];
      const seen = JSON.stringify([version, found]);
      if (version !== after.get(id)) {
        earlier.delete(id);
      } else if (found.length === 0) {
        left.delete(id);
      } else if (earlier.get(id) === seen) {
        left.delete(id);
        const repair = check.repair?.(id, version, found);
        findings.push(...found.map((difference) => ({ ...difference, repair })));
      } else {
        earlier.set(id, seen);
      }
    }
    return left.size === 0;
  }, options);
  return { findings, undecided: [...left] };
}
