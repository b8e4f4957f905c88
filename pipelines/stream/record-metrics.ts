import * as z from 'zod';
import { parseKey } from '../../contracts/entities/entities.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { Outcome } from './key-ordered-batch.ts';
import { recordKey } from './record-facts.ts';

/** The event type of a record; `unreadable` where it has none. */
export const EventType = z.enum(['INSERT', 'MODIFY', 'REMOVE', 'unreadable']);
export type EventType = z.infer<typeof EventType>;

/**
 * The results of a batch's records of one event type. A record counts with each delivery: Lambda starts again at the
 * batch's lowest failure, so a record after it may be handled more than once.
 */
export interface RecordCounts {
  readonly consumer: ConsumerName;
  readonly eventType: EventType;
  readonly handled: number;
  /** Failed, and to be delivered again. */
  readonly retried: number;
  readonly deadLettered: number;
}

/** Publishes the counts of a batch. */
export interface RecordMetrics {
  publish(counts: readonly RecordCounts[]): void;
}

const Typed = z.object({ eventName: EventType.catch('unreadable') });

/**
 * Counts a batch's records by event type, without heartbeats: they are written every minute, so that a rate with them hides that nothing
 * else comes, and one that was not indexed has no failure. `outcomes` are those of `records`, in their order.
 */
export function countRecords(
  consumer: ConsumerName,
  records: readonly unknown[],
  outcomes: readonly Outcome[],
): readonly RecordCounts[] {
  const counted = [...outcomes.entries()].filter(([index]) => !isHeartbeat(records[index]));
  const byType = Map.groupBy(counted, ([index]) => eventTypeOf(records[index]));
  return [...byType].map(([eventType, entries]) => {
    const count = (status: Outcome['status']): number =>
      entries.filter(([, outcome]) => outcome.status === status).length;
    return {
      consumer,
      eventType,
      handled: count('handled'),
      retried: count('failed'),
      deadLettered: count('poison'),
    };
  });
}

const isHeartbeat = (record: unknown): boolean => {
  const key = recordKey(record);
  return key !== undefined && parseKey(key)?.entityType === 'Heartbeat';
};

function eventTypeOf(record: unknown): EventType {
  const typed = read(Typed, record);
  return typed.success ? typed.data.eventName : 'unreadable';
}
