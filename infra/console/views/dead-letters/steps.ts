import { DeadLetterCauses, PurgeStep, ReplayStep } from '../../../../contracts/api/dead-letters.ts';
import { SystemStatus } from '../../../../contracts/api/status.ts';
import { earlierOf, instantAfter } from '../../../../contracts/ids.ts';
import { ask, pathOf } from '../../data/api.ts';
import { count, counted, fieldOf, words } from '../../parts/format.ts';
import type { Filter } from './filter.tsx';

/** What an action takes in one series of requests. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: Filter };

/** What the operator chose: the selections, one after the other, and what that is in words. */
export interface Chosen {
  readonly selections: readonly Selection[];
  readonly what: string;
}

/** The sum of the steps of a replay. */
export interface ReplaySum extends ReplayStep {
  /** How many of what was chosen had no request. */
  readonly selectionsRemaining: number;
}

const NOTHING: ReplaySum = {
  outcomes: { replayed: 0, itemDeleted: 0, failed: 0, skipped: 0 },
  failures: [],
  remaining: 0,
  records: 0,
  failedRecords: 0,
  selectionsRemaining: 0,
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
  for (const [place, selection] of selections.entries()) {
    if (run.cancel.aborted || done.stoppedBy !== undefined) return done;
    const selectionsRemaining = selections.length - place - 1;
    done = await replayOne(selection, { ...done, selectionsRemaining }, run);
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
    idle = attemptedIn(step) + step.records === 0 ? idle + 1 : 0;
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

/** What a purge deletes: selections to which no dead letter can be added. */
export interface PurgePlan {
  readonly startedAt: string;
  readonly parts: readonly { readonly selection: Selection; readonly total: number }[];
  /** Whether older ones match too, which this purge leaves. */
  readonly isCutShort: boolean;
}

const causesBefore = (filter: Filter, startedAt: string, signal: AbortSignal): Promise<DeadLetterCauses> => {
  const until = earlierOf(filter.until, startedAt);
  return ask(pathOf('/ops/dead-letters/causes', { ...filter, until }), DeadLetterCauses, { signal });
};

/** Whether more match than one count reads. @throws RequestFailedError */
export async function hasMore(
  { selections }: Chosen,
  startedAt: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await Promise.all(
    selections.map((one) => ('ids' in one ? undefined : causesBefore(one.filter, startedAt, signal))),
  );
  return found.some((one) => one?.isCutShort);
}

/** Counts what a purge that begins now deletes. @throws RequestFailedError */
export async function planPurge({ selections }: Chosen, signal: AbortSignal): Promise<PurgePlan> {
  const startedAt = await startOf(signal);
  const parts = await Promise.all(selections.map((selection) => partOf(selection, startedAt, signal)));
  return { startedAt, parts, isCutShort: parts.some((part) => part.isCutShort) };
}

async function partOf(selection: Selection, startedAt: string, signal: AbortSignal) {
  if ('ids' in selection) {
    // Some may have ended since they were chosen. A dry run counts those that are open.
    const { remaining } = await predict({ selections: [selection], what: '' }, startedAt, signal);
    return { selection, total: remaining, isCutShort: false };
  }
  const { causes, total, isCutShort } = await causesBefore(selection.filter, startedAt, signal);
  const [oldest] = causes.map(({ firstFailedAt }) => firstFailedAt).toSorted();
  if (!isCutShort || oldest === undefined) return { selection, total, isCutShort: false };
  // Older ones must not take the places of those that end meanwhile. Of the oldest millisecond, some may not be counted.
  const filter = { ...selection.filter, since: instantAfter(oldest) };
  const latest = await causesBefore(filter, startedAt, signal);
  return { selection: { filter }, total: latest.total, isCutShort };
}

interface PurgeRun {
  /** Ends the run after the request that runs now. */
  readonly cancel: AbortSignal;
  readonly progress: (purged: number) => void;
}

/** The sum of the steps of a purge; `remaining` are those that it did not reach. */
export type PurgeSum = PurgeStep;

/**
 * Purges step by step until nothing remains, or step after step deletes nothing.
 *
 * @throws RequestFailedError, with 409 where the number is no longer the one that was confirmed
 */
export async function purgeAll({ parts, startedAt }: PurgePlan, run: PurgeRun): Promise<PurgeSum> {
  const sum = { purged: 0, remaining: 0 };
  for (const { selection, total } of parts) {
    let remaining = total;
    let idle = 0;
    while (remaining > 0 && idle < IDLE_STEPS_MAX && !run.cancel.aborted) {
      const step: PurgeStep = await ask('/ops/dead-letters/purge', PurgeStep, {
        method: 'POST',
        body: { ...selection, startedAt, confirm: remaining },
      });
      sum.purged += step.purged;
      remaining = step.remaining;
      run.progress(sum.purged);
      idle = step.purged === 0 ? idle + 1 : 0;
      if (idle > 0 && remaining > 0) await pause(IDLE_MS, run.cancel);
    }
    sum.remaining += remaining;
  }
  return sum;
}

/** Why a purge of `total` deleted fewer; empty where it deleted all. */
export function purgeEndWords({ purged, remaining }: PurgeSum, total: number): string {
  const others = total - purged - remaining;
  return [
    ...(remaining > 0
      ? [
          `${count(remaining)} not purged: the last ${IDLE_STEPS_MAX} requests deleted none of them. Another receiver may hide them. Try again in some minutes.`,
        ]
      : []),
    ...(others > 0 ? [`${count(others)} were replayed, purged or failed again meanwhile.`] : []),
  ].join(' ');
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
    records: sum.records + step.records,
    failedRecords: sum.failedRecords + step.failedRecords,
    selectionsRemaining: sum.selectionsRemaining,
    ...(step.stoppedBy === undefined ? {} : { stoppedBy: step.stoppedBy }),
  };
}

/** What a dry run expects, in words. One that is late has looked at fewer, or at none. @param hasMore Whether there are more than `total`. */
export function predictionWords(prediction: ReplayStep, total: number, hasMore: boolean): string {
  const looked = attemptedIn(prediction);
  const all = `${count(total)}${hasMore ? ' or more' : ''} ${total === 1 ? 'dead letter' : 'dead letters'}`;
  if (looked === 0 && total > 0) return `The dry run had no time to look at any of ${all}.`;
  const what = looked < total || hasMore ? `the first ${count(looked)} of ${all}` : all;
  const expected = sumWords(
    { ...prediction, remaining: 0 },
    { replayed: 'will succeed', failed: 'will fail again' },
  );
  return `Dry run of ${what}: ${expected}.`;
}

/**
 * Why a replay ended before all were attempted, and what it did not begin; empty where it attempted all.
 *
 * @param end What the page knows of it: a request that failed says itself why.
 */
export function replayEndWords(
  { stoppedBy, remaining, selectionsRemaining }: ReplaySum,
  end: 'over' | 'cancelled' | 'failed',
): string {
  const why = (): string => {
    if (end === 'failed') return '';
    if (stoppedBy !== undefined)
      return `It stopped: ${stoppedBy}. What goes to the same sink would fail too. What goes to another one can be replayed alone.`;
    if (end === 'cancelled') return 'You cancelled it.';
    return remaining > 0
      ? `The last ${IDLE_STEPS_MAX} requests replayed none of them. Another receiver may hide them. Try again in some minutes.`
      : '';
  };
  const notBegun =
    selectionsRemaining > 0 ? [`${counted(selectionsRemaining, 'more cause')} had no request.`] : [];
  return [why(), ...notBegun].join(' ').trim();
}

/** The sum in words: `2 replayed, 18 failed: total 12, status 6`. */
export function sumWords(
  { outcomes, failures, remaining, failedRecords }: ReplayStep,
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
    ...(outcomes.failed > 0 ? [`${outcomes.failed} ${verb.failed}`] : []),
    ...(failedRecords > 0 ? [`${counted(failedRecords, 'record')} failed in batches`] : []),
  ];
  return `${parts.join(', ')}${causes === '' ? '' : `: ${causes}`}`;
}
