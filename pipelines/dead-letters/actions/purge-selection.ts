import type { DeadLetterSelection, PurgeStep } from '../../../contracts/api/dead-letters.ts';
import { ConflictError } from '../../request-errors.ts';
import { SELECTED_MAX, selectedDeadLetters } from '../list/dead-letter-selection.ts';
import { purgeDeadLetters } from '../list/list-dead-letters.ts';
import { byQueue, notFoundOn, type OperatorDeps, stillOpen } from './selected-queues.ts';

/** The number of dead letters is another than the operator confirmed. */
export class OtherCountError extends ConflictError {
  readonly code = 'other-count';
  readonly remedy = 'List them again, then confirm the number that the list has.';

  constructor(matching: number) {
    super(`${matching} dead letters match now.`);
  }
}

/** Which dead letters an operator deletes. */
export interface SelectionPurge {
  readonly selection: DeadLetterSelection;
  /** The number that the operator was shown and has typed. */
  readonly confirm: number;
  /** Whether an earlier request of this purge has deleted some: `confirm` is then the most that may be left. */
  readonly isContinued?: boolean;
  readonly actor: string;
  /** Called after each. */
  readonly report?: () => void;
  /** The most that it takes, the latest: {@link SELECTED_MAX} without it. Where there are more, the operator confirms these. */
  readonly selectedMax?: number;
}

/**
 * Deletes the open dead letters of a selection from their queues, until all are deleted or the signal aborts. Those that another receiver
 * hides remain. One that is on no queue any more ends in the store. `remaining` are those of the confirmed ones that are left.
 *
 * @throws OtherCountError, having changed nothing; the errors of a queue or the store.
 */
export async function purgeSelection(
  deps: OperatorDeps,
  { selection, confirm, isContinued = false, actor, report = () => undefined, selectedMax }: SelectionPurge,
  signal: AbortSignal,
): Promise<PurgeStep> {
  const { items: indexed, isCutShort } = await selectedDeadLetters(deps.store, selection, selectedMax);
  // The index still has some that the request before this one has ended.
  const open = isContinued && indexed.length > confirm ? await stillOpen(deps.store, indexed) : indexed;
  // Older ones, which the operator has not confirmed, have taken the places of those that were purged.
  const items = isContinued && isCutShort ? open.slice(0, confirm) : open;
  if (isContinued ? items.length > confirm : items.length !== confirm)
    throw new OtherCountError(items.length);
  let purged = 0;
  let ended = 0;
  const count = (): void => {
    purged += 1;
    report();
  };
  for (const { queue, items: wanted } of byQueue(deps, items)) {
    if (signal.aborted) break;
    const named = new Set(wanted.map(({ id }) => id));
    const ids = new Set(named);
    const pass = await purgeDeadLetters(
      {
        // All of the queue: a dead letter whose sending was repeated has two messages.
        ...{ ...deps, queue, actor, signal, limit: SELECTED_MAX, messagesMax: SELECTED_MAX },
        isMeant: ({ id }) => named.has(id),
      },
      ({ id }) => {
        if (ids.delete(id)) count();
      },
    );
    const left = wanted.filter(({ id }) => ids.has(id));
    if (pass.isCutShort || left.length === 0) continue;
    const { hidden, lost } = await notFoundOn(deps, { queue, items: left });
    ended += left.length - hidden.length - lost.length;
    for (const id of lost) {
      await deps.store.end(id, 'purged', actor);
      count();
    }
  }
  return { purged, remaining: items.length - purged - ended };
}
