/**
 * How far a shard is handled, while its lanes finish records out of order: the checkpoint is the last record before the
 * lowest unhandled one, so that a restart repeats records but never passes one by.
 */
export class ShardProgress {
  /** Whether each record that was read past the checkpoint is handled, by sequence number, in the shard's order. */
  readonly #isHandled = new Map<string, boolean>();
  #checkpoint: string | undefined;

  /** @param resumedAfter the checkpoint of an earlier run, behind which this one reads on. */
  constructor(resumedAfter?: string) {
    this.#checkpoint = resumedAfter;
  }

  /** Every record up to and including this one is handled; `undefined` before the first. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  /** How many records were read past the checkpoint. */
  get ahead(): number {
    return this.#isHandled.size;
  }

  /** Notes a record that was read. They must be noted in the shard's order, each one once. */
  noteRead(sequenceNumber: string): void {
    this.#isHandled.set(sequenceNumber, false);
  }

  /**
   * Notes records that were read and are handled, each one once: by the function, by the on-failure destination or by
   * the filter.
   *
   * @returns the checkpoint where it moved.
   */
  noteHandled(sequenceNumbers: Iterable<string>): string | undefined {
    for (const sequenceNumber of sequenceNumbers) this.#isHandled.set(sequenceNumber, true);
    let moved: string | undefined;
    for (const [sequenceNumber, isHandled] of this.#isHandled) {
      if (!isHandled) break;
      this.#isHandled.delete(sequenceNumber);
      moved = sequenceNumber;
    }
    this.#checkpoint = moved ?? this.#checkpoint;
    return moved;
  }
}
