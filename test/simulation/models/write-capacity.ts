import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Image } from './attribute-value.ts';

/** A partition key of a table or of one of its indexes. */
export interface PartitionKey {
  /** The index; `table` for the table itself and its local indexes, whose entries are in the item's own partition. */
  readonly index: string;
  readonly key: string;
}

/** Write units that one request takes of a partition key. */
export type Taken = PartitionKey & {
  readonly units: number;
  /** What takes them: the type of the item, or the index of its entry. */
  readonly part: string;
};

/** What was written, over all partition keys. */
export interface WrittenUnits {
  readonly total: number;
  /** By the types of the items, and by the indexes of their entries. */
  readonly byPart: ReadonlyMap<string, number>;
  /** The most units that one partition key took in one second, by index. */
  readonly hottest: ReadonlyMap<string, { readonly key: string; readonly units: number }>;
}

const BYTES_PER_UNIT = 1_024;
const MS_PER_SECOND = 1_000;
/** See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html. */
export const WRITE_UNITS_PER_PARTITION = 1_000;

/**
 * The write units of a table and its indexes: each partition key takes a number of them in a second, and no more. DynamoDB
 * often allows bursts above it, which this model does not.
 */
export class WriteCapacity {
  readonly #nowMs: () => number;
  readonly #unitsPerSecond: number;
  readonly #seconds = new Map<string, { second: number; units: number }>();
  readonly #hottest = new Map<string, { key: string; units: number }>();
  readonly #byPart = new Map<string, number>();
  #total = 0;

  constructor(nowMs: () => number, unitsPerSecond: number) {
    this.#nowMs = nowMs;
    this.#unitsPerSecond = unitsPerSecond;
  }

  get written(): WrittenUnits {
    return { total: this.#total, byPart: this.#byPart, hottest: this.#hottest };
  }

  /** Begins a request that takes units for one item after the other. */
  request(): { readonly take: (some: readonly Taken[]) => boolean; readonly end: () => void } {
    const asked: Taken[] = [];
    const units = new Map<string, number>();
    return {
      // Whether each of the partition keys still takes its units in this second.
      take: (some) => {
        asked.push(...some);
        for (const one of some) units.set(nameOf(one), one.units + (units.get(nameOf(one)) ?? 0));
        return some.every((one) => this.#used(one) + (units.get(nameOf(one)) ?? 0) <= this.#unitsPerSecond);
      },
      end: () => {
        for (const one of asked) this.#take(one);
      },
    };
  }

  #take(one: Taken): void {
    const units = this.#used(one) + one.units;
    this.#total += one.units;
    this.#byPart.set(one.part, one.units + (this.#byPart.get(one.part) ?? 0));
    this.#seconds.set(nameOf(one), { second: this.#second(), units });
    if (units > (this.#hottest.get(one.index)?.units ?? 0))
      this.#hottest.set(one.index, { key: one.key, units });
  }

  #used(of: PartitionKey): number {
    const known = this.#seconds.get(nameOf(of));
    return known?.second === this.#second() ? known.units : 0;
  }

  #second(): number {
    return Math.floor(this.#nowMs() / MS_PER_SECOND);
  }
}

const nameOf = ({ index, key }: PartitionKey): string => `${index} ${key}`;

/** The write units of an image: one for each KB, rounded up. */
export const unitsOf = (image: Image): number => Math.ceil(Math.max(1, bytesOf(image)) / BYTES_PER_UNIT);

/** The size of an item as DynamoDB counts it, but for the few bytes of its overhead. */
function bytesOf(image: Image): number {
  return Object.entries(image).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);
}

function valueBytes({ S, N, M, L }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (M !== undefined) return 3 + bytesOf(M);
  return L === undefined ? 1 : 3 + L.reduce((sum, value) => sum + 1 + valueBytes(value), 0);
}
