import {
  type DeadLetterFilter,
  type DeadLetterId,
  type DeadLetterSelection,
  type FixDeadLetter,
  type FixResult,
  PREDICTED_MAX,
  type PurgeDeadLetters,
  type PurgeStep,
  type ReplayDeadLetters,
  type ReplayStep,
} from '../../../contracts/api/dead-letters.ts';
import type { ActivityItem } from '../../../contracts/operations/operations-items.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../../contracts/units.ts';
import {
  type ActionEnd,
  type ActivityLog,
  type OperatorAction,
  thrownEnd,
} from '../../operations/activity.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { failureText } from '../list/dead-letter-causes.ts';
import { fieldName } from '../list/dead-letter-selection.ts';
import type { ReplayResult } from '../replay/replay-dead-letter.ts';
import { fixDeadLetter } from './fix-dead-letter.ts';
import { predictReplay } from './predict-replay.ts';
import { purgeSelection } from './purge-selection.ts';
import { failedRecordsIn, outcomeCounts, replaySelection } from './replay-selection.ts';
import type { OperatorDeps } from './selected-queues.ts';

/** Less than the time of a request of the API, in milliseconds. */
const PREDICT_MS_MAX = 20_000;

/** The dependencies of actions that are in the activity log. */
export interface RecordedDeps extends OperatorDeps {
  readonly activity: Pick<ActivityLog, 'start' | 'complete' | 'record'>;
}

/**
 * One request of a replay, or its prediction. All requests of a replay are one entry of the activity log.
 *
 * @throws InvalidRequestError for a replay that began in the future or days ago; as {@link replaySelection} and {@link predictReplay} do.
 */
export async function replayStep(
  deps: RecordedDeps,
  { dryRun, rate, ...selection }: ReplayDeadLetters,
  actor: string,
  signal: AbortSignal,
): Promise<ReplayStep> {
  // A request that is late predicts less, and does not fail.
  if (dryRun)
    return predictReplay(deps, selection, AbortSignal.timeout(PREDICT_MS_MAX), {
      sampleMax: PREDICTED_MAX,
      enough: signal,
    });
  const results: ReplayResult[] = [];
  const report = (result: ReplayResult): unknown => results.push(result);
  return recordedStep(deps, actionOn('replay', selection, actor), {
    run: async () => {
      const step = await replaySelection(deps, { selection, rate, actor, report }, signal);
      const isOver = step.remaining === 0 || step.stoppedBy !== undefined;
      return { step, counts: replayCounts(step), isOver };
    },
    soFar: () => resultCounts(results),
  });
}

/**
 * One request of a purge; see {@link replayStep}. After a request whose counts were not written, the next one is not a continued one: it must
 * confirm the exact number, and where the index still has some that have ended it is refused and changes nothing.
 *
 * @throws as {@link purgeSelection} does.
 */
export async function purgeStep(
  deps: RecordedDeps,
  { confirm, ...selection }: PurgeDeadLetters,
  actor: string,
  signal: AbortSignal,
): Promise<PurgeStep> {
  let purged = 0;
  const report = (): void => {
    purged += 1;
  };
  return recordedStep(deps, actionOn('purge', selection, actor), {
    run: async ({ counts: before }) => {
      const isContinued = before !== undefined;
      const step = await purgeSelection(deps, { selection, confirm, isContinued, actor, report }, signal);
      return { step, counts: { purged: step.purged }, isOver: step.remaining === 0 };
    },
    soFar: () => ({ purged }),
  });
}

/** A fix, in the activity log unless it is a dry run. @throws as {@link fixDeadLetter} does. */
export function recordedFix(
  deps: RecordedDeps,
  fix: FixDeadLetter & { readonly id: DeadLetterId; readonly actor: string },
  signal: AbortSignal,
): Promise<FixResult> {
  if (fix.dryRun) return fixDeadLetter(deps, fix, signal);
  const action = { by: fix.actor, action: 'fix', target: fix.id, deadLetterId: fix.id } as const;
  return deps.activity.record(action, async () => {
    const result = await fixDeadLetter(deps, fix, signal);
    return { result, end: fixEnd(result, Object.keys(fix.set)) };
  });
}

function fixEnd({ isApplied, issues, replays }: FixResult, fields: readonly string[]): ActionEnd {
  const names = fields.map(fieldName).join(', ');
  if (!isApplied)
    return {
      outcome: 'failed',
      detail: `${names}: still invalid at ${issues.map(({ path }) => path).join(', ')}`,
    };
  const outcomes = replays.map(({ consumer, outcome }) => `${consumer} ${outcome}`).join(', ');
  const isDone = replays.every(({ outcome }) => outcome === 'replayed' || outcome === 'item-deleted');
  return { outcome: isDone ? 'done' : 'partly', detail: `${names}: ${outcomes}` };
}

/** An action on a selection, as the activity log names it. */
export const actionOn = (
  action: 'replay' | 'purge',
  { ids, filter, startedAt }: DeadLetterSelection,
  by: string,
): OperatorAction => ({
  ...{ by, action, at: startedAt },
  target:
    ids === undefined ? filterText(filter) : ids.length === 1 ? `${ids[0]}` : `${ids.length} dead letters`,
  ...(ids?.length === 1 && { deadLetterId: ids[0] }),
});

// A searched text may be personal data.
const filterText = ({ text, ...filter }: DeadLetterFilter = {}): string => {
  const parts = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} ${value}`,
  );
  return [...parts, ...(text === undefined ? [] : ['a text'])].join(', ') || 'all';
};

const FAILED = 'failed';
const FAILED_RECORDS = 'failedRecords';
const CAUSE = 'cause:';

/** What a replay did, by name: the outcomes, and the causes of the failures. */
export const replayCounts = ({
  outcomes,
  failures,
  failedRecords,
}: ReplayStep): Readonly<Record<string, number>> => ({
  ...outcomes,
  [FAILED_RECORDS]: failedRecords,
  ...Object.fromEntries(
    failures.map((cause) => [
      `${CAUSE}${failureText([{ ...cause, count: 0 }]).replace(/ 0$/, '')}`,
      cause.count,
    ]),
  ),
});

/** The same of a replay that threw an error, by what it had reported. */
export const resultCounts = (results: readonly ReplayResult[]): Readonly<Record<string, number>> => ({
  ...outcomeCounts(results),
  [FAILED_RECORDS]: failedRecordsIn(results),
});

const added = (
  one: Readonly<Record<string, number>> = {},
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
      name,
      (one[name] ?? 0) + (other[name] ?? 0),
    ]),
  );

const WORDS: ReadonlyMap<string, string> = new Map([
  ['replayed', 'replayed'],
  ['itemDeleted', 'of deleted items'],
  ['skipped', 'skipped'],
  ['purged', 'purged'],
  [FAILED, 'failed'],
  [FAILED_RECORDS, 'failed in batches'],
]);

/** Counts for a person: `2 replayed, 18 failed: total 12, status 6`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const causes = Object.entries(counts)
    .filter(([name]) => name.startsWith(CAUSE))
    .map(([name, count]) => `${name.slice(CAUSE.length)} ${count}`);
  const parts = [...WORDS].flatMap(([name, word]) => {
    const count = counts[name] ?? 0;
    return count === 0 ? [] : `${count} ${word}`;
  });
  const text = parts.join(', ') || 'nothing';
  return causes.length > 0 ? `${text}: ${causes.join(', ')}` : text;
}

/** How an action on a selection ended, by its counts. */
export const endOf = (counts: Readonly<Record<string, number>>, isComplete: boolean): ActionEnd => {
  const notDone = (counts[FAILED] ?? 0) + (counts[FAILED_RECORDS] ?? 0) + (counts['skipped'] ?? 0);
  const done = (counts['replayed'] ?? 0) + (counts['itemDeleted'] ?? 0) + (counts['purged'] ?? 0);
  const outcome = notDone === 0 && isComplete ? 'done' : done > 0 ? 'partly' : 'failed';
  return { outcome, detail: countsText(counts), counts };
};

interface Step<Result> {
  readonly step: Result;
  readonly counts: Readonly<Record<string, number>>;
  /** Whether no request of this action follows. */
  readonly isOver: boolean;
}

async function recordedStep<Result extends { readonly remaining: number }>(
  { activity, clock }: RecordedDeps,
  action: OperatorAction,
  {
    run,
    soFar,
  }: {
    readonly run: (entry: ActivityItem) => Promise<Step<Result>>;
    /** What it has done when it throws. */
    readonly soFar: () => Readonly<Record<string, number>>;
  },
): Promise<Result> {
  checkStart(action, clock.now());
  const entry: ActivityItem = await activity.start(action);
  let done: Step<Result>;
  try {
    done = await run(entry);
  } catch (error) {
    const did = soFar();
    // Nothing done is no part of the action yet: a repeated purge is then not a continued one.
    const counts = entry.counts || Object.values(did).some(Boolean) ? added(entry.counts, did) : undefined;
    const { counts: _, ...end } = endOf(counts ?? {}, false);
    await activity.complete(entry, thrownEnd(error, { ...end, ...(counts && { counts }) }));
    throw error;
  }
  const counts = added(entry.counts, done.counts);
  const end = endOf(counts, done.step.remaining === 0);
  await activity.complete(entry, done.isOver ? end : { ...end, outcome: 'started' });
  return done.step;
}

/** The log's time is the operator's; a clock that is wrong would also replay failures again and again. @throws InvalidRequestError */
function checkStart({ at }: OperatorAction, now: Date): void {
  const aheadMs = Date.parse(at ?? now.toISOString()) - now.getTime();
  if (aheadMs <= MS_PER_MINUTE && aheadMs >= -MS_PER_DAY) return;
  throw new InvalidRequestError('The action began at an impossible time.', [
    { in: 'body', field: '/startedAt', message: 'must be within the last day, and not in the future' },
  ]);
}
