import { hash32 } from '../../contracts/partitions.ts';

const GOLDEN_GAMMA = 0x9e3779b9;
const UINT32_SPAN = 2 ** 32;

/** A 32-bit hash of a text. */
export const hashOf = hash32;

/** Two 32-bit numbers made into one whose every bit depends on all of theirs: MurmurHash3's finaliser. */
export function mixed(one: number, other: number): number {
  let hash = Math.imul(one ^ 0x85ebca6b, 0xcc9e2d51) ^ Math.imul(other + GOLDEN_GAMMA, 0x1b873593);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Numbers that look random and follow from the state alone: SplitMix32, a Weyl sequence through {@link mixed}'s kind of
 * finaliser. Created for each decision from the seed and the decision's name, so that leaving out one decision
 * changes no other.
 */
export class Dice {
  #state: number;

  constructor(state: number) {
    this.#state = state >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + GOLDEN_GAMMA) >>> 0;
    let bits = this.#state ^ (this.#state >>> 16);
    bits = Math.imul(bits, 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / UINT32_SPAN;
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }

  /** From `min` to `max`, small ones as often as large ones of the next order of magnitude. */
  spread(min: number, max: number): number {
    return min * (max / min) ** this.next();
  }
}
