import pLimit from 'p-limit';
import { decodeChange } from './decode.ts';
import { EarlierRecordFailedError, PermanentError } from './errors.ts';
import type { StreamChange } from './stream-change.ts';
import type { StreamConsumer } from './stream-consumer.ts';
import type { TimeGuard } from './time-guard.ts';

/** How the handling of one record ended. */
export type Outcome =
  | { readonly status: 'handled' }
  /** Not handled, and to be delivered again. */
  | { readonly status: 'failed'; readonly error: unknown }
  /** Can never be handled: to be dead-lettered. */
  | { readonly status: 'poison'; readonly error: PermanentError };

interface Delivered {
  readonly index: number;
  readonly change: StreamChange;
}

const HANDLED: Outcome = { status: 'handled' };

/**
 * Handles a batch's records: grouped by item key, groups concurrently, the records of a group in their order. After a
 * failure in a group its later records are not tried, since they would overtake it; a poison record lets its group go on.
 *
 * @returns One outcome for each record, in the batch's order.
 */
export async function handleInKeyOrder(
  records: readonly unknown[],
  consumer: StreamConsumer,
  guard: TimeGuard,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const groups = new Map<string, Delivered[]>();
  records.forEach((record, index) => {
    try {
      const change = decodeChange(record);
      const key = JSON.stringify([change.key.pk, change.key.sk]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ index, change }]);
      else group.push({ index, change });
    } catch (error) {
      outcomes[index] = outcomeOf(error);
    }
  });
  const limit = pLimit(consumer.concurrencyMax);
  const handleGroup = consumer.delivery === 'every-change' ? handleEvery : handleNewest;
  await Promise.all(
    [...groups.values()].map((group) => limit(() => handleGroup(group, consumer, guard, outcomes))),
  );
  return outcomes;
}

async function handleEvery(
  group: readonly Delivered[],
  consumer: StreamConsumer,
  guard: TimeGuard,
  outcomes: Outcome[],
): Promise<void> {
  for (const [place, { index, change }] of group.entries()) {
    const outcome = await handleOne(change, consumer, guard);
    outcomes[index] = outcome;
    if (outcome.status !== 'failed') continue;
    for (const later of group.slice(place + 1)) outcomes[later.index] = waitingFor(change);
    return;
  }
}

async function handleNewest(
  group: readonly Delivered[],
  consumer: StreamConsumer,
  guard: TimeGuard,
  outcomes: Outcome[],
): Promise<void> {
  const newest = group.at(-1);
  if (newest === undefined) return;
  const outcome = await handleOne(newest.change, consumer, guard);
  for (const { index } of group) outcomes[index] = outcome.status === 'failed' ? outcome : HANDLED;
  outcomes[newest.index] = outcome;
}

async function handleOne(change: StreamChange, consumer: StreamConsumer, guard: TimeGuard): Promise<Outcome> {
  try {
    await guard.within((signal) => consumer.handle(change, signal));
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
