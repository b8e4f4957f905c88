import pLimit from 'p-limit';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Version } from '../../contracts/ids.ts';
import { waitFor } from '../aws/retry.ts';
import type { Difference, Finding, Rechecked, Repair } from './findings.ts';

/** How often and for how long candidates are rechecked. */
export interface RecheckOptions {
  /** The most rechecks. */
  readonly rounds: number;
  /** The time between two rechecks, in milliseconds. */
  readonly recheckMs: number;
  readonly signal: AbortSignal;
}

/** Repeats `compare` until it returns that nothing remains to check or the rounds are used up. @throws any error of `compare`; the signal's reason. */
async function retryUntilConsistent(
  compare: () => Promise<boolean>,
  { rounds, recheckMs, signal }: RecheckOptions,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    signal.throwIfAborted();
    if ((await compare()) || round >= rounds) return;
    await waitFor(recheckMs, signal);
  }
}

/** Something that differed at the first comparison. */
export interface Candidate {
  readonly id: string;
  /** The key of its item, where the item was seen. */
  readonly key: ItemKey | undefined;
  /** The item's version at the first comparison; `undefined` where there was none. */
  readonly version: Version | undefined;
}

/** The current item and the current copy that a pipeline made of it. */
export interface Comparison {
  /** The version of the item. */
  readonly source: number | undefined;
  /** The item's version that the copy was made of. */
  readonly copy: number | undefined;
  /** What differs; `undefined` where nothing does. */
  readonly detail: string | undefined;
  readonly repair?: Repair | undefined;
}

/** A check of a copy that the stream makes of an item, and that may lag behind it. */
export interface CopyCheck {
  readonly check: string;
  /** Reads both, consistently, the item first. */
  compare(candidate: Candidate, signal: AbortSignal): Promise<Comparison>;
}

const COMPARISONS_AT_ONCE_MAX = 8;

/**
 * Rechecks the candidates, until only persistent differences remain. A copy that only lags catches up: with the item,
 * or, where the item is written all the time, with the version that it had at the first comparison.
 */
export async function recheckCopies(
  check: CopyCheck,
  candidates: readonly Candidate[],
  options: RecheckOptions,
): Promise<Rechecked> {
  const limit = pLimit(COMPARISONS_AT_ONCE_MAX);
  let remaining = candidates;
  let findings: readonly Finding[] = [];
  await retryUntilConsistent(async () => {
    const seen = await Promise.all(
      remaining.map((candidate) =>
        limit(async () => ({ candidate, comparison: await check.compare(candidate, options.signal) })),
      ),
    );
    const differing = seen.filter(({ candidate, comparison }) => !hasCaughtUp(candidate, comparison));
    remaining = differing.map(({ candidate }) => candidate);
    findings = differing.map(({ candidate: { id }, comparison: { detail = '', repair } }) => ({
      check: check.check,
      id,
      detail,
      repair,
    }));
    return remaining.length === 0;
  }, options);
  return { findings, inconclusive: [] };
}

const hasCaughtUp = ({ version }: Candidate, { source, copy, detail }: Comparison): boolean =>
  detail === undefined ||
  (version !== undefined &&
    source !== undefined &&
    copy !== undefined &&
    source > version &&
    copy >= version &&
    copy <= source);

/**
 * A check of sums, each held by one item against many others. The many cannot be read at one moment. But each change of one
 * of them changes the item that holds the sum in the same transaction, so that its version shows whether they changed.
 */
export interface SumCheck {
  /** The versions of the items that hold those sums, read consistently; absent where there is no item. */
  versions(ids: readonly string[]): Promise<ReadonlyMap<string, number | string>>;
  /** Adds up again. The id of each difference is the sum's, or begins with it and a space. */
  compare(ids: readonly string[], signal: AbortSignal): Promise<readonly Difference[]>;
  /** How to repair a sum that differs; absent where no repair exists. Its differences share one repair. */
  repair?(id: string, differences: readonly Difference[]): Repair | undefined;
}

/** The id of the sum that a difference is about: no id of ours holds a space. */
export const sumOf = ({ id }: Difference): string => id.split(' ', 1).join();

/**
 * Adds up the candidates again, until the result is the same twice without a change between. Twice, since two transactions may
 * cancel out without a change of the item, and one count could have seen only the first of them.
 */
export async function recheckSums(
  check: SumCheck,
  candidates: readonly Difference[],
  options: RecheckOptions,
): Promise<Rechecked> {
  const remaining = new Set(candidates.map(sumOf));
  const earlier = new Map<string, string>();
  const findings: Finding[] = [];
  await retryUntilConsistent(async () => {
    const ids = [...remaining];
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
        remaining.delete(id);
      } else if (earlier.get(id) === seen) {
        remaining.delete(id);
        const repair = check.repair?.(id, found);
        findings.push(...found.map((difference) => ({ ...difference, repair })));
      } else {
        earlier.set(id, seen);
      }
    }
    return remaining.size === 0;
  }, options);
  return { findings, inconclusive: [...remaining] };
}
