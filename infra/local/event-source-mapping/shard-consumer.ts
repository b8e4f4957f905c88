import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { toLambdaRecord } from '../../../pipelines/stream/lambda-record.ts';
import type { Activity } from './activity.ts';
import type { DeliveryDependencies } from './batch-delivery.ts';
import type { CheckpointWriter } from './checkpoints.ts';
import type { EventMatcher } from './event-pattern.ts';
import { Lane, laneOf } from './lane.ts';
import { type PageReading, readPage } from './shard-reader.ts';
import type { ShardStatus } from './shards.ts';
import { ShardProgress } from './shards.ts';
import { retryDelayMs, WakeSignal } from './waiting.ts';
import { toWaitingRecord, type WaitingRecord } from './waiting-record.ts';

/** A change to every record before the filter, for example to mark removals by TTL. */
export type TransformRecord = (record: DynamoDBRecord) => DynamoDBRecord;

/** The dependencies of a shard's consumer. */
export interface ShardConsumerDependencies extends DeliveryDependencies, PageReading {
  readonly hashKeyName: string;
  readonly checkpoint: CheckpointWriter;
  /** The checkpoint of an earlier run, after which the reader begins. */
  readonly resumedAfter: string | undefined;
  readonly matches: EventMatcher;
  readonly transform: TransformRecord;
  readonly activity: Activity;
}

/**
 * Reads one shard, filters its records, passes them to the lanes of their items and keeps the checkpoint. Pauses while it is
 * too far ahead of the checkpoint.
 */
export class ShardConsumer {
  readonly #deps: ShardConsumerDependencies;
  readonly #lanes: readonly Lane[];
  readonly #progress: ShardProgress;
  readonly #roomSignal = new WakeSignal();
  #bytesWaiting = 0;
  #isRunning = false;
  #isClosed = false;
  /** The moment when the last successful read began, if it found no records. */
  #foundNothingAt: number | undefined;

  constructor(deps: ShardConsumerDependencies) {
    this.#deps = deps;
    this.#progress = new ShardProgress(deps.resumedAfter);
    const events = {
      handled: (records: readonly WaitingRecord[]) => this.#noteHandled(records),
      batchEnded: () => deps.activity.noteBatchEnded(),
    };
    this.#lanes = Array.from(
      { length: deps.settings.parallelizationFactor },
      () => new Lane(deps, deps.shardId, events),
    );
  }

  /**
   * Runs until the shard is closed and all its records are handled.
   *
   * @throws the signal's reason if it aborts first; the error of a record that cannot be read.
   */
  async run(stopping: AbortSignal): Promise<void> {
    this.#isRunning = true;
    const failed = new AbortController();
    const signal = AbortSignal.any([stopping, failed.signal]);
    const parts = [this.#read(signal), ...this.#lanes.map((lane) => lane.run(signal))].map((part) =>
      part.catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    // All of them are awaited: an invocation in progress must end before another consumer reads from the checkpoint.
    await Promise.allSettled(parts);
    this.#isRunning = false;
    if (!signal.aborted) this.#deps.checkpoint.save({ position: 'shard-end' });
    await this.#deps.checkpoint.close();
    signal.throwIfAborted();
  }

  /** Writes no further checkpoints, so that they cannot overwrite those of the shard's next reader. */
  async abandon(): Promise<void> {
    await this.#deps.checkpoint.close();
  }

  /**
   * Whether all records are read and handled: a read that began after the moment, and after the mapping's last batch ended, found no
   * records. A closed shard is never drained. It is finished when `run` resolves, and only then are its children read.
   */
  isDrainedSince(moment: number): boolean {
    if (!this.#isRunning || this.#isClosed || this.#recordsWaiting > 0) return false;
    const beganAt = this.#foundNothingAt;
    return beganAt !== undefined && beganAt > moment && this.#deps.activity.isQuietSince(beganAt);
  }

  get status(): ShardStatus {
    const oldestMs = this.#lanes.flatMap((lane) =>
      lane.oldest === undefined ? [] : [lane.oldest.arrivedAtMs],
    );
    const nowMs = this.#deps.clock.now().getTime();
    return {
      shardId: this.#deps.shardId,
      state: this.#isClosed ? 'draining' : 'reading',
      checkpoint: this.#progress.checkpoint,
      recordsWaiting: this.#recordsWaiting,
      millisBehind: Math.max(0, nowMs - Math.min(...oldestMs)),
      invocationsInProgress: this.#lanes.filter((lane) => lane.isInvoking).length,
      retries: Math.max(...this.#lanes.map((lane) => lane.retries)),
    };
  }

  get #recordsWaiting(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.unhandled, 0);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { tuning, sleep, activity } = this.#deps;
    let failuresInARow = 0;
    while (!this.#isClosed) {
      await this.#waitForRoom(signal);
      const beganAt = activity.next();
      const page = await readPage(this.#deps, signal);
      failuresInARow = page === undefined ? failuresInARow + 1 : 0;
      if (page === undefined) {
        await sleep(retryDelayMs(failuresInARow, tuning, this.#deps.random), signal);
        continue;
      }
      this.#foundNothingAt = page.records.length === 0 ? beganAt : undefined;
      this.#take(page.records);
      this.#isClosed = page.isClosed;
      if (page.records.length === 0 && !page.isClosed) await sleep(tuning.pollIntervalMs, signal);
    }
    for (const lane of this.#lanes) lane.end();
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    const { recordsAheadMax, bytesWaitingMax } = this.#deps.tuning;
    signal.throwIfAborted();
    while (this.#progress.ahead >= recordsAheadMax || this.#bytesWaiting >= bytesWaitingMax)
      await this.#roomSignal.wait(signal);
  }

  #take(records: readonly SdkRecord[]): void {
    const { settings, hashKeyName, transform, matches, clock } = this.#deps;
    const nowMs = clock.now().getTime();
    const filteredOut: string[] = [];
    for (const sdkRecord of records) {
      const record = transform(toLambdaRecord(sdkRecord, settings.streamArn));
      const waiting = toWaitingRecord(record, hashKeyName, nowMs);
      this.#progress.noteRead(waiting.sequenceNumber);
      if (matches(record)) this.#addToLane(waiting);
      else filteredOut.push(waiting.sequenceNumber);
    }
    this.#advance(filteredOut);
  }

  #addToLane(record: WaitingRecord): void {
    this.#bytesWaiting += record.sizeBytes;
    this.#lanes[laneOf(record.itemKey, this.#lanes.length)]?.add(record);
  }

  #noteHandled(records: readonly WaitingRecord[]): void {
    for (const { sizeBytes } of records) this.#bytesWaiting -= sizeBytes;
    this.#advance(records.map(({ sequenceNumber }) => sequenceNumber));
    this.#roomSignal.ring();
  }

  #advance(sequenceNumbers: readonly string[]): void {
    const moved = this.#progress.noteHandled(sequenceNumbers);
    if (moved !== undefined) this.#deps.checkpoint.save({ position: 'after', sequenceNumber: moved });
  }
}
