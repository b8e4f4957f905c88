import pLimit from 'p-limit';
import type { OrderId } from '../../contracts/ids.ts';
import type { ImportProgress } from '../../contracts/imports/import-report.ts';
import { type Clock, instantOf } from '../clock.ts';
import { OutOfTimeError } from '../errors.ts';
import { importedOrderId } from '../orders/import-order.ts';
import { csvOrders } from './csv-orders.ts';
import { UnreadableObjectError } from './errors.ts';
import type { ImportStore } from './import-store.ts';
import {
  afterPart,
  afterUnit,
  type ImportUnit,
  PART_ROWS,
  processUnit,
  type WriteOrder,
} from './import-unit.ts';
import type { ImportedObject } from './imported-object.ts';
import { ndjsonOrders } from './ndjson-orders.ts';
import { contentOf, type ObjectFormat } from './object-content.ts';
import { scatteredOrders } from './scattered-orders.ts';

/** How much work may be in progress. */
interface InOrderLimits {
  /** Items that are processed at the same time. */
  readonly concurrencyMax: number;
  /** Items that are held: in progress, waiting, or done and waiting for an earlier one. */
  readonly heldMax: number;
}

/**
 * Processes items concurrently and yields the results in the items' order, so that all items before a result
 * are done. It takes no further item while `heldMax` are held. When it ends early, no further item starts, and the items in
 * progress have ended before it returns.
 *
 * @throws the error of `work`, in the item's order.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  { concurrencyMax, heldMax }: InOrderLimits,
): AsyncGenerator<Result> {
  const limit = pLimit(concurrencyMax);
  const over = new AbortController();
  const held: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const working = limit(() => {
        over.signal.throwIfAborted();
        return work(item);
      });
      // Its failure is thrown in its order.
      working.catch(() => undefined);
      held.push(working);
      const [first] = held;
      if (first !== undefined && held.length >= heldMax) {
        yield await first;
        held.shift();
      }
    }
    for (const working of held) yield await working;
  } finally {
    over.abort();
    await Promise.allSettled(held);
  }
}

/**
 * Work that does the items of one key one after the other, each when the one before it has succeeded. An item without a key waits for
 * none. It must be called in the items' order.
 */
function oneByOne<Item, Result>(
  keyOf: (item: Item) => string | undefined,
  work: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  const newest = new Map<string, Promise<Result>>();
  return async (item) => {
    const key = keyOf(item);
    if (key === undefined) return work(item);
    const earlier = newest.get(key);
    const working = earlier === undefined ? work(item) : earlier.then(() => work(item));
    newest.set(key, working);
    const result = await working;
    // A failed one stays, so that none of its key follows.
    if (newest.get(key) === working) newest.delete(key);
    return result;
  };
}

/** Two rows of an NDJSON may be one order: the first of them is written. */
const orderOf = (unit: ImportUnit): OrderId | undefined =>
  unit.kind === 'order'
    ? importedOrderId(unit.order.userId, unit.order.sourceId, unit.order.placedAt)
    : undefined;

/** Orders written at the same time, and orders and rejected rows held in memory. */
const LIMITS: InOrderLimits = { concurrencyMax: 16, heldMax: 64 };
/** Orders and rejected rows between two checkpoints: the most that a killed import repeats, besides the orders that it holds. */
export const CHECKPOINT_UNITS = 500;
const NO_TIME = {
  toFindScattered:
    "The check that each order's rows are together took all of an invocation's time: split the object between two orders",
  toProgress:
    "An invocation's time was too short for any progress: split the object, or shorten the text between two of its rows",
} as const;

/** The dependencies of a run. */
export interface ImportRunDeps {
  readonly object: Pick<ImportedObject, 'bytes' | 'contentEncodings'>;
  readonly format: ObjectFormat;
  readonly store: Pick<ImportStore, 'writePart' | 'writeProgress'>;
  readonly writeOrder: WriteOrder;
  readonly clock: Clock;
  /** Whether to stop and leave the rest to another run; called before each order and each chunk that is read. */
  readonly isTimeUp: () => boolean;
}

/** One invocation's share of an import, from the progress to the object's end or to the end of its time. */
export class ImportRun {
  readonly #deps: ImportRunDeps;
  #progress: ImportProgress;
  #isTimeUp = false;
  #failure: string | undefined;

  constructor(deps: ImportRunDeps, begun: ImportProgress) {
    this.#deps = deps;
    this.#progress = begun;
  }

  /**
   * Imports, and writes the progress at each checkpoint and at the end. The progress is then finished, unless the time ended. A run
   * without any progress is finished too, as a failure, since the next one would fail in the same way.
   *
   * An order of a CSV whose rows are not together must not be placed. So the object is read once
   * before, to find those orders, and an object that cannot be read to its end is not imported.
   *
   * @throws ImportTakenOverError, ObjectDeletedError; the SDK's error when the table or S3 does not serve: the orders after
   * the last written progress are then imported again, which is safe.
   */
  async run(): Promise<ImportProgress> {
    const isFirstRun = await this.#findScattered();
    if (this.#failure === undefined) await this.#import(isFirstRun);
    if (!this.#isTimeUp) this.#finish();
    await this.#checkpoint(this.#isTimeUp ? PART_ROWS : 1);
    return this.#progress;
  }

  /** Finds a CSV's orders whose rows are not together, once in all runs. @returns whether it was in this one. */
  async #findScattered(): Promise<boolean> {
    const { object, format, isTimeUp } = this.#deps;
    if (format.rows !== 'csv' || this.#progress.scattered !== undefined) return false;
    try {
      const found = await scatteredOrders(contentOf(object, format, 0, isTimeUp));
      this.#progress = { ...this.#progress, scattered: [...found] };
    } catch (error) {
      if (error instanceof OutOfTimeError) this.#failure = NO_TIME.toFindScattered;
      else if (error instanceof UnreadableObjectError) this.#failure = error.message;
      else throw error;
    }
    return true;
  }

  async #import(isFirstRun: boolean): Promise<void> {
    const { offset } = this.#progress.position;
    const processOne = (unit: ImportUnit) => processUnit(unit, this.#deps.writeOrder);
    const processing = inOrder(this.#units(), oneByOne(orderOf, processOne), LIMITS);
    let units = 0;
    for await (const processed of processing) {
      this.#progress = afterUnit(this.#progress, processed);
      units += 1;
      if (units % CHECKPOINT_UNITS === 0) await this.#checkpoint(PART_ROWS);
    }
    if (!this.#isTimeUp || isFirstRun || this.#progress.position.offset > offset) return;
    this.#isTimeUp = false;
    this.#failure = NO_TIME.toProgress;
  }

  /** The remaining units, until the time ends or the object cannot be read further. */
  async *#units(): AsyncGenerator<ImportUnit> {
    try {
      for await (const unit of readUnits(this.#deps, this.#progress)) {
        this.#isTimeUp = this.#deps.isTimeUp();
        if (this.#isTimeUp) return;
        yield unit;
      }
    } catch (error) {
      // The units that were read before are still processed and counted.
      if (error instanceof OutOfTimeError) this.#isTimeUp = true;
      else if (error instanceof UnreadableObjectError) this.#failure = error.message;
      else throw error;
    }
  }

  #finish(): void {
    const finishedAt = instantOf(this.#deps.clock.now());
    const failure = this.#failure;
    this.#progress = { ...this.#progress, finishedAt, ...(failure === undefined ? {} : { failure }) };
  }

  /** Writes the progress, and before it the parts that have at least `rowsMin` rows. */
  async #checkpoint(rowsMin: number): Promise<void> {
    const { store } = this.#deps;
    while (this.#progress.pendingRows.length >= rowsMin) {
      const { etag, partsWritten, pendingRows } = this.#progress;
      await store.writePart(etag, partsWritten + 1, pendingRows.slice(0, PART_ROWS));
      this.#progress = afterPart(this.#progress);
    }
    await store.writeProgress(this.#progress);
  }
}

async function* readUnits(
  { object, format, isTimeUp }: Pick<ImportRunDeps, 'object' | 'format' | 'isTimeUp'>,
  { position, scattered }: Pick<ImportProgress, 'position' | 'scattered'>,
): AsyncGenerator<ImportUnit> {
  const content = contentOf(object, format, position.offset, isTimeUp);
  if (format.rows === 'csv') yield* csvOrders(content, position, new Set(scattered));
  else yield* ndjsonOrders(content, position);
}
