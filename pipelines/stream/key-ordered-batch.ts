import type { Deadline } from '../aws/deadline.ts';
import { EarlierRecordFailedError, PermanentError } from '../errors.ts';
import type { DeliveredRecord } from './delivered-record.ts';
import type { StreamChange } from './stream-change.ts';
import type { StreamConsumer } from './stream-consumer.ts';

/** How the handling of one record ended. */
export type Outcome =
  | { readonly status: 'handled' }
  /** Not handled, and to be delivered again. */
  | { readonly status: 'failed'; readonly error: unknown }
  /** Can never be handled: to be dead-lettered. */
  | { readonly status: 'poison'; readonly error: PermanentError };

interface Placed {
  readonly index: number;
  readonly change: StreamChange;
}

const HANDLED: Outcome = { status: 'handled' };

/**
 * Handles a batch's records: grouped by item key, groups concurrently, the records of a group in their order. After a
 * failure in a group its later records are not attempted, since they would overtake it; after a poison record its group continues.
 * At the deadline, records without an outcome have failed, and nothing more is started.
 *
 * @returns One outcome for each record, in the batch's order.
 */
export async function handleInKeyOrder(
  records: readonly DeliveredRecord[],
  consumer: StreamConsumer,
  deadline: Deadline,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const groups = groupByItem(records, outcomes);
  const handleGroup = consumer.delivery === 'every-change' ? handleEvery : handleNewest;
  // One iterator for all lanes, so that each group is taken by one of them.
  const waiting = groups.values();
  const lane = async (): Promise<void> => {
    for (const group of waiting) await handleGroup(group, consumer, deadline.signal, outcomes);
  };
  const lanes = Math.min(consumer.concurrencyMax, groups.size);
  try {
    await deadline.within(() => Promise.all(Array.from({ length: lanes }, lane)));
  } catch (error) {
    // Abandoned work may still end, and must not change what is reported.
    return records.map((_, index) => outcomes[index] ?? { status: 'failed', error });
  }
  return outcomes;
}

/** The changes of each item, in their order; a record that cannot be decoded has its outcome already. */
function groupByItem(
  records: readonly DeliveredRecord[],
  outcomes: Outcome[],
): ReadonlyMap<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  records.forEach(({ change, error }, index) => {
    if (change === undefined) {
      outcomes[index] = outcomeOf(error);
      return;
    }
    // No key of a decoded change holds a line break.
    const item = `${change.key.pk}\n${change.key.sk}`;
    const group = groups.get(item);
    if (group === undefined) groups.set(item, [{ index, change }]);
    else group.push({ index, change });
  });
  return groups;
}

async function handleEvery(
  group: readonly Placed[],
  consumer: StreamConsumer,
  signal: AbortSignal,
  outcomes: Outcome[],
): Promise<void> {
  let failed: StreamChange | undefined;
  for (const { index, change } of group) {
    const outcome = failed ? waitingFor(failed) : await handleOne(change, consumer, signal);
    outcomes[index] = outcome;
    if (outcome.status === 'failed') failed ??= change;
  }
}

async function handleNewest(
  group: readonly Placed[],
  consumer: StreamConsumer,
  signal: AbortSignal,
  outcomes: Outcome[],
): Promise<void> {
  // Those that change nothing are left out first: judged by the newest alone, what an earlier one changes would be lost.
  const newest = group.findLast(({ change }) => !consumer.changesNothing?.(change));
  const outcome = newest === undefined ? HANDLED : await handleOne(newest.change, consumer, signal);
  for (const { index } of group) outcomes[index] = outcome.status === 'failed' ? outcome : HANDLED;
  if (newest !== undefined) outcomes[newest.index] = outcome;
}

async function handleOne(
  change: StreamChange,
  consumer: StreamConsumer,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    await consumer.handle(change, signal);
    return HANDLED;
  } catch (error) {
    return outcomeOf(error);
  }
}

const outcomeOf = (error: unknown): Outcome =>
  error instanceof PermanentError ? { status: 'poison', error } : { status: 'failed', error };

const waitingFor = (change: StreamChange): Outcome => ({
  status: 'failed',
  error: new EarlierRecordFailedError(`An earlier record of the same item failed: ${change.eventId}`),
});
