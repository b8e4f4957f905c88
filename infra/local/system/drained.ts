import { setTimeout as sleep } from 'node:timers/promises';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';
import type { QueueMapping } from '../queue-mapping/queue-mapping.ts';

const CHECK_INTERVAL_MS = 50;

/** The mappings to wait for, by name. */
export interface Watched {
  readonly mappings: ReadonlyMap<
    string,
    Pick<EventSourceMapping, 'moment' | 'drainedSince' | 'quietSince' | 'status'>
  >;
  readonly queueMappings: ReadonlyMap<string, Pick<QueueMapping, 'moment' | 'quietSince' | 'waiting'>>;
}

/** A stream or a queue still has unhandled records. */
export class NotDrainedError extends OrderStreamError {
  readonly code = 'not-drained';
  readonly remedy = 'Check in the log which consumer lags, and why its records fail.';
}

/**
 * Waits until every mapping has handled what its stream or queue held at the call, and what the functions wrote because of it. The
 * writes of one function are the records of another, so all mappings must be drained in one round without a batch. A queue is drained
 * if it holds no message: visible, in flight or delayed.
 *
 * @throws NotDrainedError after `timeoutMs`.
 */
export async function untilDrained({ mappings, queueMappings }: Watched, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  const streams = [...mappings.values()];
  const queues = [...queueMappings.values()];
  while (Date.now() < deadlineMs) {
    const streamRound = streams.map((mapping) => ({ mapping, began: mapping.moment() }));
    const queueRound = queues.map((mapping) => ({ mapping, began: mapping.moment() }));
    const areStreamsDrained = (): boolean =>
      streamRound.every(({ mapping, began }) => mapping.drainedSince(began));
    const areAllQuiet = (): boolean =>
      [...streamRound, ...queueRound].every(({ mapping, began }) => mapping.quietSince(began));
    while (!areStreamsDrained() && Date.now() < deadlineMs) await sleep(CHECK_INTERVAL_MS);
    const sizes = await Promise.all(queues.map(sizeOf));
    if (sizes.every((size) => size === 0) && areStreamsDrained() && areAllQuiet()) return;
    await sleep(CHECK_INTERVAL_MS);
  }
  const waitingInStreams = [...mappings].map(
    ([name, mapping]) =>
      `${name} ${mapping.status().reduce((sum, { recordsWaiting }) => sum + recordsWaiting, 0)}`,
  );
  const waitingInQueues = [...queueMappings].map(
    async ([name, mapping]) => `${name} ${(await sizeOf(mapping)) ?? 'unknown'}`,
  );
  const waiting = [...waitingInStreams, ...(await Promise.all(waitingInQueues))];
  throw new NotDrainedError(`Not drained after ${timeoutMs} ms; records waiting: ${waiting.join(', ')}`);
}

/** `undefined` if the size is unknown, for example during an outage of the queue. */
const sizeOf = (mapping: Pick<QueueMapping, 'waiting'>): Promise<number | undefined> =>
  mapping.waiting().catch(() => undefined);
