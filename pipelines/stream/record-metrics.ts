import * as z from 'zod';
import { parseKey } from '../../contracts/entities/entities.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { DeliveredRecord } from './delivered-record.ts';
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

/** What an outcome counts as. */
const COUNTED = { handled: 'handled', failed: 'retried', poison: 'deadLettered' } as const;

/**
 * Counts a batch's records by event type, without heartbeats: they are written every minute, so that a rate with them hides that nothing
 * else comes, and one that was not indexed has no failure. `outcomes` are those of `records`, in their order.
 */
export function countRecords(
  consumer: ConsumerName,
  records: readonly DeliveredRecord[],
  outcomes: readonly Outcome[],
): readonly RecordCounts[] {
  const byType = new Map<EventType, { handled: number; retried: number; deadLettered: number }>();
  outcomes.forEach(({ status }, index) => {
    const record = records[index];
    if (record === undefined || isHeartbeat(record)) return;
    const eventType = record.change?.kind ?? eventTypeOf(record.record);
    const counts = byType.get(eventType) ?? { handled: 0, retried: 0, deadLettered: 0 };
    counts[COUNTED[status]] += 1;
    byType.set(eventType, counts);
  });
  return [...byType].map(([eventType, counts]) => ({ consumer, eventType, ...counts }));
}

function isHeartbeat({ record, change }: DeliveredRecord): boolean {
  if (change !== undefined) return change.entityType === 'Heartbeat';
  const key = recordKey(record);
  return key !== undefined && parseKey(key)?.entityType === 'Heartbeat';
}

function eventTypeOf(record: unknown): EventType {
  const typed = read(Typed, record);
  return typed.success ? typed.data.eventName : 'unreadable';
}
