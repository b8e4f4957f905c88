import { setTimeout as sleep } from 'node:timers/promises';
import { OrderStreamError } from '../../../pipelines/core/errors.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';

const LOOK_INTERVAL_MS = 50;

type Watched = Pick<EventSourceMapping, 'moment' | 'drainedSince' | 'quietSince' | 'status'>;

/** The stream still has records that were not handled. */
export class NotDrainedError extends OrderStreamError {
  readonly code = 'not-drained';
  readonly remedy = 'See which consumer lags, and why its records fail, in the log.';
}

/**
 * Waits until every mapping has handled all that was in the stream when this was called, and what the consumers wrote
 * because of it: one consumer's writes are another's records, so all of them must be drained in one round in which none
 * had a batch.
 *
 * @throws NotDrainedError when that takes longer than `timeoutMs`.
 */
export async function untilDrained(mappings: ReadonlyMap<string, Watched>, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (Date.now() < deadlineMs) {
    const round = [...mappings.values()].map((mapping) => ({ mapping, began: mapping.moment() }));
    const isDrained = (): boolean => round.every(({ mapping, began }) => mapping.drainedSince(began));
    while (!isDrained() && Date.now() < deadlineMs) await sleep(LOOK_INTERVAL_MS);
    if (isDrained() && round.every(({ mapping, began }) => mapping.quietSince(began))) return;
  }
  const waiting = [...mappings].map(
    ([name, mapping]) =>
      `${name} ${mapping.status().reduce((sum, { recordsWaiting }) => sum + recordsWaiting, 0)}`,
  );
  throw new NotDrainedError(`Not drained after ${timeoutMs} ms; records waiting: ${waiting.join(', ')}`);
}
