import { DeadLetterCauses, PurgeStep, ReplayStep } from '../../../../contracts/api/dead-letters.ts';
import { SystemStatus } from '../../../../contracts/api/status.ts';
import { ask, pathOf } from '../../data/api.ts';
import { counted, fieldOf, words } from '../../parts/format.ts';
import type { Filter } from './filter.tsx';

/** What an action takes in one series of requests. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: Filter };

/** What the operator chose: the selections, one after the other, and what that is in words. */
export interface Chosen {
  readonly selections: readonly Selection[];
  readonly what: string;
}

/** The sum of the steps of a replay. */
export interface ReplaySum {
  readonly outcomes: ReplayStep['outcomes'];
  readonly failures: ReplayStep['failures'];
  readonly remaining: number;
  readonly stoppedBy?: string;
}

const NOTHING: ReplaySum = {
  outcomes: { replayed: 0, itemDeleted: 0, failed: 0, skipped: 0 },
  failures: [],
  remaining: 0,
};
/** A step that did nothing: another receiver hides what remains, for two minutes at most. */
const IDLE_MS = 3_000;
const IDLE_STEPS_MAX = 45;

/** When an action begins, by the clock of the API: that of the browser may be wrong. @throws RequestFailedError */
export async function startOf(signal?: AbortSignal): Promise<string> {
  const { at } = await ask('/ops/status', SystemStatus, signal === undefined ? {} : { signal });
  return at;
}

/** What a replay would do, from what the table holds now. @throws RequestFailedError */
export async function predict(
  { selections }: Chosen,
  startedAt: string,
  signal: AbortSignal,
): Promise<ReplaySum> {
  let sum = NOTHING;
  for (const selection of selections)
    sum = added(
      sum,
      await ask('/ops/dead-letters/replay', ReplayStep, {
        method: 'POST',
        body: { ...selection, startedAt, dryRun: true },
        signal,
      }),
    );
  return sum;
}

interface ReplayRun {
  readonly startedAt: string;
  /** Records a second. */
  readonly rate: number;
  /** Ends the run after the request that runs now: what the API has begun it finishes. */
  readonly cancel: AbortSignal;
  readonly progress: (sum: ReplaySum) => void;
}

/** Replays step by step until nothing remains, a sink fails or the operator cancels. @throws RequestFailedError */
export async function replayAll({ selections }: Chosen, run: ReplayRun): Promise<ReplaySum> {
  let done = NOTHING;
  for (const selection of selections) {
    if (run.cancel.aborted || done.stoppedBy !== undefined) return done;
    done = await replayOne(selection, done, run);
  }
  return done;
}

async function replayOne(selection: Selection, before: ReplaySum, run: ReplayRun): Promise<ReplaySum> {
  let done = before;
  let idle = 0;
  while (!run.cancel.aborted && idle < IDLE_STEPS_MAX) {
    const step = await ask('/ops/dead-letters/replay', ReplayStep, {
      method: 'POST',
      body: { ...selection, startedAt: run.startedAt, rate: run.rate },
    });
    done = added({ ...done, remaining: before.remaining }, step);
    run.progress(done);
    if (step.remaining === 0 || step.stoppedBy !== undefined) return done;
    idle = attemptedIn(step) === 0 ? idle + 1 : 0;
    if (idle > 0) await pause(IDLE_MS, run.cancel);
  }
  return done;
}

/** Waits, unless and until the operator cancels. */
const pause = (ms: number, cancel: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, cancel.aborted ? 0 : ms);
    cancel.addEventListener('abort', () => resolve(), { once: true });
  });

/** How many dead letters a selection has now, and whether there are more than one action takes. */
export type Counted = Pick<DeadLetterCauses, 'total' | 'isCutShort'>;

/** The number of dead letters of each selection now. @throws RequestFailedError */
export function countsOf({ selections }: Chosen, signal: AbortSignal): Promise<Counted[]> {
  return Promise.all(
    selections.map((selection) =>
      'ids' in selection
        ? { total: selection.ids.length, isCutShort: false }
        : ask(pathOf('/ops/dead-letters/causes', { ...selection.filter }), DeadLetterCauses, { signal }),
    ),
  );
}

/**
 * Purges step by step until nothing remains, or a step deletes nothing: another receiver hides the others.
 *
 * @throws RequestFailedError, with 409 where the number is no longer the one that was confirmed
 */
export async function purgeAll(
  { selections }: Chosen,
  counts: readonly Counted[],
  startedAt: string,
  progress: (purged: number) => void,
): Promise<number> {
  let purged = 0;
  for (const [place, selection] of selections.entries()) {
    let remaining = counts[place]?.total ?? 0;
    while (remaining > 0) {
      const step: PurgeStep = await ask('/ops/dead-letters/purge', PurgeStep, {
        method: 'POST',
        body: { ...selection, startedAt, confirm: remaining },
      });
      purged += step.purged;
      progress(purged);
      if (step.purged === 0) break;
      remaining = step.remaining;
    }
  }
  return purged;
}

export const attemptedIn = ({ outcomes }: Pick<ReplaySum, 'outcomes'>): number =>
  Object.values(outcomes).reduce((sum, number) => sum + number, 0);

function added(sum: ReplaySum, step: ReplayStep): ReplaySum {
  const { outcomes, failures } = sum;
  const byCause = Map.groupBy([...failures, ...step.failures], ({ causeId }) => causeId);
  return {
    outcomes: {
      replayed: outcomes.replayed + step.outcomes.replayed,
      itemDeleted: outcomes.itemDeleted + step.outcomes.itemDeleted,
      failed: outcomes.failed + step.outcomes.failed,
      skipped: outcomes.skipped + step.outcomes.skipped,
    },
    failures: [...byCause.values()].flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : [{ ...first, count: others.reduce((total, { count }) => total + count, first.count) }],
    ),
    remaining: sum.remaining + step.remaining,
    ...(step.stoppedBy === undefined ? {} : { stoppedBy: step.stoppedBy }),
  };
}

/** The sum in words: `2 replayed, 18 failed: total 12, status 6`. */
export function sumWords(
  { outcomes, failures, remaining }: ReplaySum,
  verb = { replayed: 'replayed', failed: 'failed' },
): string {
  const causes = failures
    .toSorted((one, other) => other.count - one.count)
    .map(
      ({ issue, reason, count }) => `${issue === undefined ? words(reason) : fieldOf(issue.path)} ${count}`,
    )
    .join(', ');
  const parts = [
    `${outcomes.replayed} ${verb.replayed}`,
    ...(outcomes.itemDeleted > 0 ? [`${counted(outcomes.itemDeleted, 'item')} deleted`] : []),
    ...(outcomes.skipped > 0 ? [`${outcomes.skipped} skipped`] : []),
    ...(remaining > 0 ? [`${remaining} not attempted`] : []),
    ...(outcomes.failed > 0
      ? [`${outcomes.failed} ${verb.failed}${causes === '' ? '' : `: ${causes}`}`]
      : []),
  ];
  return parts.join(', ');
}
