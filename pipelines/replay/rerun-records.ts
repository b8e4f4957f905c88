import pLimit from 'p-limit';
import type { Pace } from '../core/pace.ts';
import { TimeGuard } from '../core/time-guard.ts';
import { recordKey } from './record-key.ts';
import type { Rerun, RerunResult } from './rerun.ts';

/** What became of one record; `untried` when the replay was interrupted before it. */
export type RecordOutcome =
  | { readonly status: RerunResult }
  | { readonly status: 'failed'; readonly record: unknown; readonly error: unknown }
  | { readonly status: 'untried' };

/** How records are run again. */
export interface RerunOptions {
  readonly rerun: Rerun;
  readonly pace: Pick<Pace, 'turn'>;
  /** Called before each record: whoever holds the letter makes sure that it goes on holding it. */
  readonly keep: () => Promise<void>;
  /** Aborts when no further record is to be begun; what is under way ends. */
  readonly signal: AbortSignal;
}

const AT_ONCE_MAX = 10;
/** The longest that one record may take, in milliseconds. */
const RECORD_MS_MAX = 30_000;

/** Runs records again: those of one item in their order, each of them whatever became of the others. */
export async function rerunRecords(
  records: readonly unknown[],
  options: RerunOptions,
): Promise<readonly RecordOutcome[]> {
  const limit = pLimit(AT_ONCE_MAX);
  const groups = [...Map.groupBy(records, keyText).values()];
  const outcomes = await Promise.all(
    groups.map((group) =>
      limit(async () => {
        const ofItem: RecordOutcome[] = [];
        for (const record of group) ofItem.push(await rerunOne(record, options));
        return ofItem;
      }),
    ),
  );
  return outcomes.flat();
}

async function rerunOne(
  record: unknown,
  { rerun, pace, keep, signal }: RerunOptions,
): Promise<RecordOutcome> {
  if (!(await hasTurn(pace, signal))) return { status: 'untried' };
  await keep();
  using guard = new TimeGuard(RECORD_MS_MAX);
  try {
    return { status: await guard.within((within) => rerun(record, within)) };
  } catch (error) {
    return { status: 'failed', record, error };
  }
}

async function hasTurn(pace: Pick<Pace, 'turn'>, signal: AbortSignal): Promise<boolean> {
  try {
    await pace.turn(signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

// Records that name no item fail alike, whatever their order.
const keyText = (record: unknown): string => {
  const key = recordKey(record);
  return key === undefined ? '' : JSON.stringify([key.pk, key.sk]);
};
