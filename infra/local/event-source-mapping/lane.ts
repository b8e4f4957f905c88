import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { BatchDelivery, type DeliveryDependencies } from './batch-delivery.ts';
import { WakeSignal } from './waiting.ts';
import type { WaitingRecord } from './waiting-record.ts';

/** Lambda's limit for the payload of a synchronous invocation. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');
const SEPARATOR_BYTES = 1;

/** The length of the next batch, and whether it is full: waiting adds no further records to a full batch. */
export interface BatchCut {
  readonly length: number;
  readonly isFull: boolean;
}

/**
 * How many of the waiting records, from the first, make up the next batch: at most `recordsMax`, and as many as fit into the payload.
 * A single record is always sent, however large.
 */
export function cutBatch(
  waiting: readonly WaitingRecord[],
  recordsMax: number,
  payloadBytesMax = PAYLOAD_BYTES_MAX,
): BatchCut {
  let bytes = ENVELOPE_BYTES;
  let length = 0;
  for (const { sizeBytes } of waiting) {
    if (length >= recordsMax) return { length, isFull: true };
    bytes += sizeBytes + SEPARATOR_BYTES;
    if (length > 0 && bytes > payloadBytesMax) return { length, isFull: true };
    length += 1;
  }
  return { length, isFull: length >= recordsMax };
}

/** The events of a lane, for its shard. */
export interface LaneEvents {
  handled(records: readonly WaitingRecord[]): void;
  batchEnded(): void;
}

/**
 * The records of a subset of a shard's items. It collects them into batches and delivers them in order, one batch at a time.
 * A batch is sent when it is full, when the batching window that began with its first record ends, or when the shard
 * ends. See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export class Lane {
  readonly #deps: DeliveryDependencies;
  readonly #delivery: BatchDelivery;
  readonly #events: LaneEvents;
  readonly #wakeSignal = new WakeSignal();
  #waiting: WaitingRecord[] = [];
  #inFlight: readonly WaitingRecord[] = [];
  #isEnded = false;

  constructor(deps: DeliveryDependencies, shardId: string, events: LaneEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#delivery = new BatchDelivery(deps, shardId, (records) => this.#noteHandled(records));
  }

  /** How many records are not handled yet: those that wait and those of the current batch. */
  get unhandled(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  get isInvoking(): boolean {
    return this.#delivery.isInvoking;
  }

  get retries(): number {
    return this.#delivery.retries;
  }

  /** The first record that is not handled yet. */
  get oldest(): WaitingRecord | undefined {
    return this.#inFlight[0] ?? this.#waiting[0];
  }

  add(record: WaitingRecord): void {
    this.#waiting.push(record);
    this.#wakeSignal.ring();
  }

  /** Declares that no further records will be added. */
  end(): void {
    this.#isEnded = true;
    this.#wakeSignal.ring();
  }

  /**
   * Delivers the added records until the lane has ended and is empty.
   *
   * @throws the signal's reason if it aborts first.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (await this.#gather(signal)) {
      const { length } = cutBatch(this.#waiting, this.#deps.settings.batchSize);
      this.#inFlight = this.#waiting.slice(0, length);
      this.#waiting = this.#waiting.slice(length);
      try {
        await this.#delivery.deliver(this.#inFlight, signal);
      } finally {
        this.#events.batchEnded();
      }
    }
  }

  /** Waits for a batch to send. @returns false if the lane has ended and is empty. */
  async #gather(signal: AbortSignal): Promise<boolean> {
    while (this.#waiting.length === 0) {
      if (this.#isEnded) return false;
      await this.#wakeSignal.wait(signal);
    }
    const { settings, clock, sleep } = this.#deps;
    const sendAtMs = clock.now().getTime() + settings.maximumBatchingWindowInSeconds * MS_PER_SECOND;
    for (;;) {
      const remainingMs = sendAtMs - clock.now().getTime();
      if (remainingMs <= 0 || this.#isEnded || cutBatch(this.#waiting, settings.batchSize).isFull)
        return true;
      await this.#wakeSignal.waitAtMost(remainingMs, sleep, signal);
    }
  }

  #noteHandled(records: readonly WaitingRecord[]): void {
    const handled = new Set(records.map(({ sequenceNumber }) => sequenceNumber));
    this.#inFlight = this.#inFlight.filter(({ sequenceNumber }) => !handled.has(sequenceNumber));
    this.#events.handled(records);
  }
}

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The lane of an item, by its full key. An item always has the same lane, so that its records stay in order however many batches are processed
 * in parallel; the items of one partition may have several. The lane is the FNV-1a hash of the key modulo the number of lanes; see
 * http://www.isthe.com/chongo/tech/comp/fnv/ and https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for the guarantee.
 */
export function laneOf(itemKey: string, lanes: number): number {
  let hash = FNV_OFFSET_BASIS;
  for (const byte of Buffer.from(itemKey)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) % lanes;
}
