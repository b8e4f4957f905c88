import pLimit from 'p-limit';
import { PAGE_READS_MAX, type Page, type PageRead, type PageRequest } from './read-page.ts';

/** How a page of a list is read whose items are spread over partitions, each in the order of the list. */
export interface MergedPageRequest<Item, Key> extends Omit<PageRequest<Item, Key>, 'readSome'> {
  readonly partitions: readonly string[];
  /**
   * Reads a partition after `startKey`, or from its start. The first read of each partition begins where the page does, so its
   * `startKey` may be a place in another partition.
   */
  readonly readSome: (
    partition: string,
    startKey: Key | undefined,
    wanted: number,
  ) => Promise<PageRead<Item, Key>>;
  /** The order of the list, negative where `one` comes first. It is asked for places in different partitions only, and never finds them equal. */
  readonly compare: (one: Key, other: Key) => number;
}

const READS_AT_ONCE_MAX = 32;

/**
 * Reads a page of at most `limit` items out of all partitions. As with {@link readPage}, following `next` gives each item of the
 * list once, in its order. One place is enough for all partitions, because they have one order.
 *
 * The first round reads a little more than its share from each partition. Each later round reads only those that ran out, and
 * there are {@link PAGE_READS_MAX} rounds at most. A page is short, or even empty, and still has a `next` when they or `bytesMax` are used up.
 */
export async function readMergedPage<Item, Key>(
  request: MergedPageRequest<Item, Key>,
): Promise<Page<Item, Key>> {
  const { limit, keyOf, bytesMax = Number.POSITIVE_INFINITY, bytesOf = () => 0 } = request;
  const partitions = request.partitions.map((name) => new Partition(name, request));
  const reading = pLimit(READS_AT_ONCE_MAX);
  const items: Item[] = [];
  let bytes = 0;
  let next = request.startKey;
  for (let round = 0; round < PAGE_READS_MAX; round += 1) {
    const exhausted = partitions.filter(({ mustRead }) => mustRead);
    // One more than the page holds shows whether there is another page.
    const wanted = shareOf(limit + 1 - items.length, exhausted.length);
    await Promise.all(exhausted.map((partition) => reading(() => partition.read(wanted))));
    let first = firstOf(partitions, request);
    for (let item = first?.head; first !== undefined && item !== undefined; item = first?.head) {
      bytes += bytesOf(item);
      if (items.length === limit || (items.length > 0 && bytes > bytesMax)) return { items, next };
      items.push(item);
      next = keyOf(item);
      first.take();
      first = firstOf(partitions, request);
    }
    if (first === undefined) return { items, next: undefined };
    // What precedes this place was taken or left out, in every partition.
    next = first.place;
  }
  return { items, next };
}

/**
 * How many items to read from each of some partitions, of which `wanted` are wanted in all. A hash gives each the mean, and seldom
 * twice the standard deviation more.
 */
function shareOf(wanted: number, partitions: number): number {
  const mean = wanted / partitions;
  return Math.min(wanted, Math.ceil(mean + 2 * Math.sqrt(mean)));
}

/** The partition whose next item, or whose unread rest, comes first in the list; `undefined` at the end of all. */
function firstOf<Item, Key>(
  partitions: readonly Partition<Item, Key>[],
  { compare }: Pick<MergedPageRequest<Item, Key>, 'compare'>,
): Partition<Item, Key> | undefined {
  let first: Partition<Item, Key> | undefined;
  let place: Key | undefined;
  for (const partition of partitions) {
    const other = partition.place;
    if (other === undefined || (place !== undefined && compare(place, other) < 0)) continue;
    first = partition;
    place = other;
  }
  return first;
}

/** What was read of a partition and is not in the page yet. */
class Partition<Item, Key> {
  readonly #name: string;
  readonly #request: MergedPageRequest<Item, Key>;
  #items: readonly Item[] = [];
  #taken = 0;
  #lastKey: Key | undefined;
  #hasMore = true;

  constructor(name: string, request: MergedPageRequest<Item, Key>) {
    this.#name = name;
    this.#request = request;
    this.#lastKey = request.startKey;
  }

  get head(): Item | undefined {
    return this.#items[this.#taken];
  }

  get mustRead(): boolean {
    return this.#hasMore && this.head === undefined;
  }

  /** The place of the next item, or the one after which nothing is read yet; `undefined` at the end. */
  get place(): Key | undefined {
    return this.head === undefined ? this.#lastKey : this.#request.keyOf(this.head);
  }

  take(): void {
    this.#taken += 1;
  }

  async read(wanted: number): Promise<void> {
    const { items, lastKey } = await this.#request.readSome(this.#name, this.#lastKey, wanted);
    this.#items = items;
    this.#taken = 0;
    this.#lastKey = lastKey;
    this.#hasMore = lastKey !== undefined;
  }
}
