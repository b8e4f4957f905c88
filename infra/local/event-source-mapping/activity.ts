/**
 * Tells in which order reads began and batches ended, over all shards of a mapping. A count, not a time: two things
 * within one millisecond still have an order.
 */
export class Activity {
  #moment = 0;
  #lastBatchEndedAt = 0;

  /** The next moment; later than any before it. */
  next(): number {
    this.#moment += 1;
    return this.#moment;
  }

  noteBatchEnded(): void {
    this.#lastBatchEndedAt = this.next();
  }

  /** Whether no batch has ended since that moment. */
  isQuietSince(moment: number): boolean {
    return moment > this.#lastBatchEndedAt;
  }
}
