import type { WaitingRecord } from './waiting-record.ts';

/** How many records of each event type (INSERT, MODIFY, REMOVE) were handled, including those that were given up. */
export type HandledCounts = Readonly<Record<string, number>>;

/**
 * Records the order in which reads began and batches ended, over all shards of a mapping, and counts the handled records. A moment is
 * a counter and not a time, so that two events within one millisecond have an order.
 */
export class Activity {
  #moment = 0;
  #lastBatchEndedAt = 0;
  readonly #handled = new Map<string, number>();

  /** The next moment, later than all earlier ones. */
  next(): number {
    this.#moment += 1;
    return this.#moment;
  }

  noteBatchEnded(): void {
    this.#lastBatchEndedAt = this.next();
  }

  noteHandled(records: readonly WaitingRecord[]): void {
    for (const { record } of records) {
      const type = record.eventName ?? 'unreadable';
      this.#handled.set(type, (this.#handled.get(type) ?? 0) + 1);
    }
  }

  /** Over all shards, since the mapping was started. */
  get handled(): HandledCounts {
    return Object.fromEntries(this.#handled);
  }

  /** Whether no batch has ended since a moment. */
  isQuietSince(moment: number): boolean {
    return moment > this.#lastBatchEndedAt;
  }
}

/** The log of a mapping, for operators; `console` is one. No entry contains an item's attributes. */
export interface MappingLog {
  info(message: string, attributes: Readonly<Record<string, unknown>>): void;
  warn(message: string, attributes: Readonly<Record<string, unknown>>): void;
  error(message: string, attributes: Readonly<Record<string, unknown>>): void;
}

/** The same log with attributes that are added to every entry. */
export function withAttributes(log: MappingLog, attributes: Readonly<Record<string, unknown>>): MappingLog {
  return {
    info: (message, more) => log.info(message, { ...attributes, ...more }),
    warn: (message, more) => log.warn(message, { ...attributes, ...more }),
    error: (message, more) => log.error(message, { ...attributes, ...more }),
  };
}
