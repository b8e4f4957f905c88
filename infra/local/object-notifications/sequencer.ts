const NANOS_PER_MS = 1_000_000n;
const DIGITS = 18;
const HEXADECIMAL = 16;

/** Gives S3's sequencers: each is greater than any before it, as long as the clock does not go back over a restart. */
export class Sequencer {
  readonly #nowMs: () => number;
  #last = 0n;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The next one: {@link DIGITS} hexadecimal digits, so that they compare as texts. */
  next(): string {
    const now = BigInt(this.#nowMs()) * NANOS_PER_MS;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return this.#last.toString(HEXADECIMAL).toUpperCase().padStart(DIGITS, '0');
  }
}
