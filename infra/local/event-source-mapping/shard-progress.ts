const COMPACT_FROM = 1_000;

/**
 * How far a shard is handled, while its lanes finish records out of order: the checkpoint is the last record before the
 * lowest unhandled one, so that a restart repeats records but never passes one by.
 */
export class ShardProgress {
  /** Sequence numbers that were read, in order; those before `#head` are below the checkpoint. */
  #read: string[] = [];
  #head = 0;
  readonly #handled = new Set<string>();
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
    return this.#read.length - this.#head;
  }

  /** Notes a record that was read. They must be noted in the shard's order, each one once. */
  noteRead(sequenceNumber: string): void {
    this.#read.push(sequenceNumber);
  }

  /** Notes records that are handled: by the function, by the on-failure destination or by the filter. */
  noteHandled(sequenceNumbers: Iterable<string>): void {
    for (const sequenceNumber of sequenceNumbers) this.#handled.add(sequenceNumber);
    for (let next = this.#read[this.#head]; next !== undefined; next = this.#read[this.#head]) {
      if (!this.#handled.delete(next)) break;
      this.#checkpoint = next;
      this.#head += 1;
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#head < COMPACT_FROM) return;
    this.#read = this.#read.slice(this.#head);
    this.#head = 0;
  }
}
