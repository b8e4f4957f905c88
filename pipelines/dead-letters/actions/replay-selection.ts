import pLimit from 'p-limit';
import type { DeadLetterSelection, ReplayStep } from '../../../contracts/api/dead-letters.ts';
import { RateLimiter } from '../../aws/rate-limiter.ts';
import { causeIdOf } from '../../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import { type CausedFailure, causeCounts, issueOf } from '../list/dead-letter-causes.ts';
import { type OpenDeadLetter, SELECTED_MAX, selectedDeadLetters } from '../list/dead-letter-selection.ts';
import { stateOn } from '../queue/queue-pass.ts';
import type { ReplayDeps, ReplayResult } from '../replay/replay-dead-letter.ts';
import { type ReplayEnd, replayDeadLetters } from '../replay/replay-dead-letters.ts';
import {
  byQueue,
  notFoundOn,
  type OperatorDeps,
  type QueueSelection,
  READS_AT_ONCE,
} from './selected-queues.ts';

/** Which dead letters an operator replays, and how. */
export interface SelectionReplay {
  readonly selection: DeadLetterSelection;
  /** The most records a second. */
  readonly rate: number;
  readonly actor: string;
  /** See {@link ReplayDeps}. */
  readonly success?: ReplayDeps['success'];
  /** Called with the result of each dead letter, and of each batch that went on after records of it failed. */
  readonly report?: (result: ReplayResult) => void;
  /** The most that it takes, the latest: {@link SELECTED_MAX} without it. */
  readonly selectedMax?: number;
}

/**
 * Replays the open dead letters of a selection, each once, until all are done or the signal aborts. A sink that fails ends the replay of its
 * queue, and not that of the others. Stops only
 * between two records, and may be repeated: what failed again has a later time than `startedAt`.
 *
 * `remaining` are those that were not reached, those that another receiver hides, and one more where there are more than it takes. Once it is 0, `skipped` are those that a replay can do
 * nothing for: they are unreadable, or their message is on no queue.
 *
 * @throws the errors of a queue or the store; what was replayed before stays replayed.
 */
export async function replaySelection(
  deps: OperatorDeps,
  { selection, rate, actor, success = 'replayed', report = () => undefined, selectedMax }: SelectionReplay,
  signal: AbortSignal,
): Promise<ReplayStep> {
  const { items, isCutShort } = await selectedDeadLetters(deps.store, selection, selectedMax);
  const replayable = items.filter(({ kind }) => kind !== 'unreadable');
  const rateLimiter = new RateLimiter({ perSecond: rate });
  const results: ReplayResult[] = [];
  let records = 0;
  let remaining = isCutShort ? 1 : 0;
  let skipped = items.length - replayable.length;
  let stoppedBy: string | undefined;
  for (const { queue, items: wanted } of byQueue(deps, replayable)) {
    const named = new Set(wanted.map(({ id }) => id));
    const ids = new Set(named);
    let end: ReplayEnd = 'interrupted';
    if (!signal.aborted)
      end = await replayDeadLetters({
        ...{ ...deps, queue, actor, success, rateLimiter, signal },
        consumers: deps.consumers[stateOn(queue)],
        isMeant: ({ id }) => named.has(id),
        decide: ({ id, failedAt }) => {
          if (failedAt === undefined || failedAt < selection.startedAt) return 'replay';
          // It failed in the request before this one, and the index does not say so yet.
          ids.delete(id);
          return 'skip';
        },
        limit: named.size,
        messagesMax: SELECTED_MAX,
        report: (result) => {
          records += Object.values(result.records).reduce((sum, count) => sum + count, 0);
          // An interrupted one is still to be replayed. Another message of the same dead letter is none of its own.
          if (result.outcome === 'interrupted' ? result.records.failed === 0 : !ids.delete(result.id)) return;
          results.push(result);
          report(result);
        },
      });
    if (end === 'outage') stoppedBy = results.findLast(({ isOutage }) => isOutage)?.code ?? 'outage';
    const left = wanted.filter(({ id }) => ids.has(id));
    const { hidden, lost } = await unreached(deps, { queue, items: left }, end);
    remaining += hidden;
    skipped += lost;
  }
  return {
    outcomes: {
      ...outcomeCounts(results),
      skipped: remaining === 0 ? skipped + countOf(results, 'unreadable') : 0,
    },
    failures: causeCounts(await failuresOf(deps.store, results, items)),
    ...{ remaining, records, failedRecords: failedRecordsIn(results) },
    ...(stoppedBy !== undefined && { stoppedBy }),
  };
}

/** How many dead letters ended in which way. */
export const outcomeCounts = (results: readonly ReplayResult[]) => ({
  replayed: countOf(results, 'replayed', 'ignored'),
  itemDeleted: countOf(results, 'item-deleted'),
  failed: countOf(results, 'failed'),
});

/** How many records failed in batches that went on after that. */
export const failedRecordsIn = (results: readonly ReplayResult[]): number =>
  results.reduce((sum, result) => sum + failedRecordsOf(result), 0);

const failedRecordsOf = ({ outcome, records }: ReplayResult): number =>
  outcome === 'interrupted' ? records.failed : 0;

const countOf = (results: readonly ReplayResult[], ...outcomes: readonly ReplayResult['outcome'][]): number =>
  results.filter(({ outcome }) => outcomes.includes(outcome)).length;

async function unreached(deps: OperatorDeps, left: QueueSelection, end: ReplayEnd) {
  // The end of the queue was not reached, so that nothing is known of the others.
  if (end !== 'done' || left.items.length === 0) return { hidden: left.items.length, lost: 0 };
  const { hidden, lost } = await notFoundOn(deps, left);
  return { hidden: hidden.length, lost: lost.length };
}

/** Why dead letters failed again: the store knows the cause of each that is a record. */
async function failuresOf(
  store: Pick<DeadLetterStore, 'get'>,
  results: readonly ReplayResult[],
  items: readonly OpenDeadLetter[],
): Promise<readonly CausedFailure[]> {
  const entities = new Map(items.map(({ id, entity }) => [id, entity]));
  const limit = pLimit(READS_AT_ONCE);
  const causeOf = async ({ id, code = 'unknown' }: ReplayResult): Promise<CausedFailure> => {
    const known = await limit(() => store.get(id));
    if (known?.reason.code === code)
      return { causeId: known.causeId, reason: code, issue: issueOf(known.reason.issues) };
    return { causeId: causeIdOf(code, entities.get(id) ?? 'unknown'), reason: code, issue: undefined };
  };
  const failures = await Promise.all(
    results.map(async (result) => {
      const count = result.outcome === 'failed' ? 1 : failedRecordsOf(result);
      return count === 0 ? [] : Array<CausedFailure>(count).fill(await causeOf(result));
    }),
  );
  return failures.flat();
}
