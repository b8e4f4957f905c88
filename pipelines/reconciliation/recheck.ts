import pLimit from 'p-limit';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Version } from '../../contracts/ids.ts';
import { withRetry } from '../aws/retry.ts';
import { TransientError } from '../errors.ts';
import type { Difference, Finding, Repair, Settled } from './findings.ts';

/** How often and for how long what differs is looked at again. */
export interface RecheckOptions {
  /** How often it is looked at, at most. */
  readonly rounds: number;
  /** How long the stream is given between two looks, in milliseconds. */
  readonly recheckMs: number;
  readonly signal: AbortSignal;
}

class InconclusiveError extends TransientError {
  override readonly code = 'unsettled';
}

/** Looks again, until `look` says that nothing is left to look at or the rounds are used up. @throws whatever `look` throws. */
async function retryUntilConsistent(
  look: () => Promise<boolean>,
  { rounds, recheckMs, signal }: RecheckOptions,
): Promise<void> {
  const once = async (): Promise<void> => {
    if (!(await look())) throw new InconclusiveError('Something still differs');
  };
  try {
    await withRetry(once, {
      policy: {
        attemptsMax: rounds,
        delayMsBase: recheckMs,
        delayMsMax: recheckMs,
        budgetMs: Number.POSITIVE_INFINITY,
      },
      // All of the time: nobody competes, and it is the stream that is waited for.
      random: () => 1,
      isRetryable: (error) => error instanceof InconclusiveError,
      signal,
    });
  } catch (error) {
    if (!(error instanceof InconclusiveError)) throw error;
  }
}

/** Something that differed at the first look. */
export interface Candidate {
  readonly id: string;
  /** The key of its item, where the item was seen. */
  readonly key: ItemKey | undefined;
  /** The item's version at the first look; `undefined` where there was none. */
  readonly version: Version | undefined;
}

/** An item and what a pipeline made of it, as they are now. */
export interface Comparison {
  /** The version of the item. */
  readonly source: number | undefined;
  /** The item's version that the copy was made of. */
  readonly copy: number | undefined;
  /** What differs; `undefined` where nothing does. */
  readonly detail: string | undefined;
  readonly repair?: Repair | undefined;
}

/** A check of something that the stream makes of an item, and that may lag behind it. */
export interface CopyCheck {
  readonly check: string;
  /** Reads both, consistently, the item first. */
  look(candidate: Candidate, signal: AbortSignal): Promise<Comparison>;
}

const LOOKS_AT_ONCE_MAX = 8;

/**
 * Looks again at what differed, until only what persists is left. What the stream is only late with catches up: with the item,
 * or, where that is written all the time, with the version that it had at the first look.
 */
export async function recheckCopies(
  check: CopyCheck,
  candidates: readonly Candidate[],
  options: RecheckOptions,
): Promise<Settled> {
  const limit = pLimit(LOOKS_AT_ONCE_MAX);
  let left = candidates;
  let findings: readonly Finding[] = [];
  await retryUntilConsistent(async () => {
    const seen = await Promise.all(
      left.map((candidate) =>
        limit(async () => ({ candidate, comparison: await check.look(candidate, options.signal) })),
      ),
    );
    const differing = seen.filter(({ candidate, comparison }) => !hasCaughtUp(candidate, comparison));
    left = differing.map(({ candidate }) => candidate);
    findings = differing.map(({ candidate: { id }, comparison: { detail = '', repair } }) => ({
      check: check.check,
      id,
      detail,
      repair,
    }));
    return left.length === 0;
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
export async function recheckSums(
  check: SumCheck,
  candidates: readonly Difference[],
  options: RecheckOptions,
): Promise<Settled> {
  const left = new Set(candidates.map(sumOf));
  const earlier = new Map<string, string>();
  const findings: Finding[] = [];
  await retryUntilConsistent(async () => {
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
  return { findings, inconclusive: [...left] };
}
