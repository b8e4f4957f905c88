import type { DeadLetterSelection, PurgeStep } from '../../../contracts/api/dead-letters.ts';
import { instantAfter } from '../../../contracts/ids.ts';
import { ConflictError } from '../../request-errors.ts';
import {
  SELECTED_MAX,
  type SelectedDeadLetters,
  selectedDeadLetters,
} from '../list/dead-letter-selection.ts';
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

/** More dead letters match than one purge takes: when some end, older ones would take their places. */
export class TooManyError extends ConflictError {
  readonly code = 'too-many';
  readonly remedy =
    'Narrow the filter, for example with a later `since`. Then confirm the number that the list has.';

  constructor(selectedMax: number) {
    super(`More dead letters match than one purge takes. It takes fewer than ${selectedMax}.`);
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
  /** It refuses this number and more: {@link SELECTED_MAX} without it. */
  readonly selectedMax?: number;
}

/** Dead letters, and the selection that has these and no others. */
interface Purgeable extends SelectedDeadLetters {
  readonly selection: DeadLetterSelection;
}

/**
 * The dead letters of a selection that one purge takes: all, or the latest. The selection it returns begins after the oldest that was
 * read, so that no other takes the place of one that ends meanwhile.
 *
 * @throws TooManyError where too many failed in the same millisecond; the SDK's own errors.
 */
export async function purgeableDeadLetters(
  store: OperatorDeps['store'],
  selection: DeadLetterSelection,
  selectedMax = SELECTED_MAX,
): Promise<Purgeable> {
  const selected = await selectedDeadLetters(store, selection, selectedMax);
  const oldest = selected.items.at(-1);
  if (!selected.isCutShort || oldest === undefined) return { ...selected, selection };
  // Others of the same millisecond may not have been read.
  const since = instantAfter(oldest.failedAt);
  const items = selected.items.filter(({ failedAt }) => failedAt >= since);
  if (items.length === 0) throw new TooManyError(selectedMax);
  return { selection: { ...selection, filter: { ...selection.filter, since } }, items, isCutShort: true };
}

/**
 * Deletes the open dead letters of a selection from their queues, until all are deleted or the signal aborts. Those that another receiver
 * hides remain. One that is on no queue any more ends in the store. `remaining` are the most of the confirmed ones that are left.
 *
 * @throws OtherCountError and TooManyError, having changed nothing; the errors of a queue or the store.
 */
export async function purgeSelection(
  deps: OperatorDeps,
  {
    selection,
    confirm,
    isContinued = false,
    actor,
    report = () => undefined,
    selectedMax = SELECTED_MAX,
  }: SelectionPurge,
  signal: AbortSignal,
): Promise<PurgeStep> {
  const { items: indexed, isCutShort } = await selectedDeadLetters(deps.store, selection, selectedMax);
  if (isCutShort) throw new TooManyError(selectedMax);
  // The index still has some that the request before this one has ended.
  const items = isContinued && indexed.length > confirm ? await stillOpen(deps.store, indexed) : indexed;
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
