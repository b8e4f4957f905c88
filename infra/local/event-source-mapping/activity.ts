import type { WaitingRecord } from './waiting-record.ts';

/** How many records of each event type (INSERT, MODIFY, REMOVE) were handled, given up ones included. */
export type HandledCounts = Readonly<Record<string, number>>;

/**
 * Tells in which order reads began and batches ended, over all shards of a mapping. A count, not a time: two things
 * within one millisecond still have an order. And counts what was handled.
 */
export class Activity {
  #moment = 0;
  #lastBatchEndedAt = 0;
  readonly #handled = new Map<string, number>();

  /** The next moment; later than any before it. */
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

  /** Whether no batch has ended since that moment. */
  isQuietSince(moment: number): boolean {
    return moment > this.#lastBatchEndedAt;
  }
}

/** Where a mapping tells what an operator should know; `console` is one. No entry holds an item's attributes. */
export interface MappingLog {
  info(message: string, attributes: Readonly<Record<string, unknown>>): void;
  warn(message: string, attributes: Readonly<Record<string, unknown>>): void;
  error(message: string, attributes: Readonly<Record<string, unknown>>): void;
}

/** The same log with attributes that every entry bears. */
export function withAttributes(log: MappingLog, attributes: Readonly<Record<string, unknown>>): MappingLog {
  return {
    info: (message, more) => log.info(message, { ...attributes, ...more }),
    warn: (message, more) => log.warn(message, { ...attributes, ...more }),
    error: (message, more) => log.error(message, { ...attributes, ...more }),
  };
}
