/**
 * Records the order in which reads began and batches ended, over all shards of a mapping. A moment is a counter and not a time, so that
 * two events within one millisecond have an order.
 */
export class Activity {
  #moment = 0;
  #lastBatchEndedAt = 0;

  /** The next moment, later than all earlier ones. */
  next(): number {
    this.#moment += 1;
    return this.#moment;
  }

  noteBatchEnded(): void {
    this.#lastBatchEndedAt = this.next();
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
