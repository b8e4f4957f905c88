import { BEGINNING } from '../../contracts/imports/import-report.ts';
import { orderDigests } from './csv-orders.ts';
import { UnreadableObjectError } from './errors.ts';

/** The most orders of one CSV: so many can be distinguished in 16 MiB. */
export const CSV_ORDERS_MAX = 1_000_000;
/** The most orders whose rows are not together: an object with more is not sorted at all. */
export const SCATTERED_ORDERS_MAX = 1_000;

/**
 * The digests of a CSV's orders whose rows are not together. It reads the complete object and keeps eight bytes of each order's digest:
 * among a million orders two have the same eight once in thirty million objects, and one of them is then rejected.
 *
 * @throws UnreadableObjectError when it cannot be read to its end, has no header, or more orders than the limits.
 */
export async function scatteredOrders(
  chunks: AsyncIterable<Uint8Array>,
  ordersMax = CSV_ORDERS_MAX,
): Promise<readonly string[]> {
  const seen = new DigestSet();
  const scattered = new Set<string>();
  let last: string | undefined;
  for await (const digest of orderDigests(chunks, BEGINNING)) {
    if (digest === last) continue;
    last = digest;
    if (!seen.add(digest)) scattered.add(digest);
    if (scattered.size > SCATTERED_ORDERS_MAX)
      throw new UnreadableObjectError(
        `The rows of more than ${SCATTERED_ORDERS_MAX} orders are not together: sort the object by userId and sourceId`,
      );
    if (seen.size > ordersMax)
      throw new UnreadableObjectError(
        `The object has more than ${ordersMax} orders: split it between two orders`,
      );
  }
  return [...scattered];
}

const SLOTS_MIN = 4_096;
const WORDS_OF_SLOT = 2;

/** A set of digests by their first eight bytes, in an open-addressed table: it takes far less memory than a Set of texts. */
class DigestSet {
  /** A slot is two words; one of zeros is free. */
  #words = new Uint32Array(SLOTS_MIN * WORDS_OF_SLOT);
  size = 0;

  /** Adds a digest. @returns whether it is new. */
  add(digest: string): boolean {
    const bytes = Buffer.from(digest, 'base64');
    const [high, low] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4) || 1];
    const slot = this.#slotOf(high, low);
    if (this.#words[slot + 1] !== 0) return false;
    this.#words[slot] = high;
    this.#words[slot + 1] = low;
    this.size += 1;
    if (this.size * 2 * WORDS_OF_SLOT > this.#words.length) this.#grow();
    return true;
  }

  /** Where it is, or the free slot where it belongs. */
  #slotOf(high: number, low: number): number {
    const words = this.#words;
    let slot = (high * WORDS_OF_SLOT) % words.length;
    // Half of the slots are free, so the search ends.
    while (words[slot + 1] !== 0 && (words[slot] !== high || words[slot + 1] !== low))
      slot = (slot + WORDS_OF_SLOT) % words.length;
    return slot;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS_OF_SLOT) {
      const [high = 0, low = 0] = old.subarray(from, from + WORDS_OF_SLOT);
      if (low === 0) continue;
      const slot = this.#slotOf(high, low);
      this.#words[slot] = high;
      this.#words[slot + 1] = low;
    }
  }
}
