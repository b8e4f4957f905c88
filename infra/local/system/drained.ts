import { setTimeout as sleep } from 'node:timers/promises';
import { OrderStreamError } from '../../../pipelines/core/errors.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';

const LOOK_INTERVAL_MS = 100;
/** Longer than two polls of an idle shard: what one consumer wrote last, the other has read by then. */
const QUIET_MS = 700;

type Watched = Pick<EventSourceMapping, 'drained' | 'status'>;

/** The stream still has records that were not handled. */
export class NotDrainedError extends OrderStreamError {
  readonly code = 'not-drained';
  readonly remedy = 'See which consumer lags, and why its records fail, in the log.';
}

/**
 * Waits until every mapping has handled all that is in the stream, what the consumers themselves wrote included.
 *
 * @throws NotDrainedError when that takes longer than `timeoutMs`.
 */
export async function untilDrained(mappings: ReadonlyMap<string, Watched>, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  let quietSinceMs: number | undefined;
  let lastSeen = '';
  while (Date.now() < deadlineMs) {
    const isDrained = [...mappings.values()].every((mapping) => mapping.drained());
    const seen = checkpoints(mappings);
    if (!isDrained) quietSinceMs = undefined;
    else if (quietSinceMs === undefined || seen !== lastSeen) quietSinceMs = Date.now();
    else if (Date.now() - quietSinceMs >= QUIET_MS) return;
    lastSeen = seen;
    await sleep(LOOK_INTERVAL_MS);
  }
  const waiting = [...mappings].map(
    ([name, mapping]) =>
      `${name} ${mapping.status().reduce((sum, { recordsWaiting }) => sum + recordsWaiting, 0)}`,
  );
  throw new NotDrainedError(`Not drained after ${timeoutMs} ms; records waiting: ${waiting.join(', ')}`);
}

const checkpoints = (mappings: ReadonlyMap<string, Watched>): string =>
  [...mappings.values()]
    .flatMap((mapping) => mapping.status().map(({ shardId, checkpoint }) => `${shardId}@${checkpoint ?? ''}`))
    .join();
