import pLimit from 'p-limit';
import type { Version } from '../../contracts/ids.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import type { Finding, Repair, Settled } from './finding.ts';
import { type SettleOptions, untilSettled } from './until-settled.ts';

/** Something that differed at the first look. */
export interface Suspect {
  readonly id: string;
  /** The key of its item, where the item was seen. */
  readonly key: ItemKey | undefined;
  /** The item's version at the first look; `undefined` where there was none. */
  readonly version: Version | undefined;
}

/** An item and what a pipeline made of it, as they are now. */
export interface Sight {
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
  look(suspect: Suspect, signal: AbortSignal): Promise<Sight>;
}

const LOOKS_AT_ONCE_MAX = 8;

/**
 * Looks again at what differed, until only what persists is left. What the stream is only late with catches up: with the item,
 * or, where that is written all the time, with the version that it had at the first look.
 */
export async function settleCopies(
  check: CopyCheck,
  suspects: readonly Suspect[],
  options: SettleOptions,
): Promise<Settled> {
  const limit = pLimit(LOOKS_AT_ONCE_MAX);
  let left = suspects;
  let findings: readonly Finding[] = [];
  await untilSettled(async () => {
    const seen = await Promise.all(
      left.map((suspect) =>
        limit(async () => ({ suspect, sight: await check.look(suspect, options.signal) })),
      ),
    );
    const differing = seen.filter(({ suspect, sight }) => !hasCaughtUp(suspect, sight));
    left = differing.map(({ suspect }) => suspect);
    findings = differing.map(({ suspect: { id }, sight: { detail = '', repair } }) => ({
      check: check.check,
      id,
      detail,
      repair,
    }));
    return left.length === 0;
  }, options);
  return { findings, undecided: [] };
}

const hasCaughtUp = ({ version }: Suspect, { source, copy, detail }: Sight): boolean =>
  detail === undefined ||
  (version !== undefined &&
    source !== undefined &&
    copy !== undefined &&
    source > version &&
    copy >= version &&
    copy <= source);
