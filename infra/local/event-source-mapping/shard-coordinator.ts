import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Activity } from './activity.ts';
import type { DeliveryDependencies } from './batch-delivery.ts';
import type { Checkpoint, CheckpointStore } from './checkpoints.ts';
import { CheckpointWriter } from './checkpoints.ts';
import type { EventMatcher } from './event-pattern.ts';
import { ShardConsumer, type TransformRecord } from './shard-consumer.ts';
import { type ReadPosition, ShardReader } from './shard-reader.ts';
import type { ShardStatus } from './shards.ts';
import { describeStream, readableShards, type StreamLayout, type StreamShard } from './shards.ts';
import { WakeSignal } from './waiting.ts';

/** The dependencies of the shard coordinator. */
export interface ShardCoordinatorDependencies {
  readonly delivery: DeliveryDependencies;
  readonly streams: DynamoDBStreamsClient;
  readonly checkpoints: CheckpointStore;
  readonly matches: EventMatcher;
  readonly transform: TransformRecord;
}

/**
 * Finds the shards of a stream and consumes each one after its parent is handled to its end. A consumer that fails is replaced after
 * `retryDelayMsMax`; the new one starts at the checkpoint.
 */
export class ShardCoordinator {
  readonly #deps: ShardCoordinatorDependencies;
  readonly #signal: AbortSignal;
  readonly #activity: Activity;
  readonly #wakeSignal = new WakeSignal();
  readonly #checkpoints = new Map<string, Checkpoint | undefined>();
  readonly #consumers = new Map<
    string,
    { readonly consumer: ShardConsumer; readonly ended: Promise<void> }
  >();
  readonly #finished = new Map<string, ShardStatus>();
  /** The moment of the description whose shards are being read; 0 before the first one, and after a failed one. */
  #describedAt = 0;
  #lastShardEndedAt = 0;

  /** @param activity Of all coordinators of a mapping, one after the other. */
  constructor(deps: ShardCoordinatorDependencies, activity: Activity, signal: AbortSignal) {
    this.#deps = deps;
    this.#activity = activity;
    this.#signal = signal;
  }

  get status(): readonly ShardStatus[] {
    return [
      ...this.#finished.values(),
      ...[...this.#consumers.values()].map(({ consumer }) => consumer.status),
    ];
  }

  /** A mark of the current moment, in the order of reads and batches. */
  moment(): number {
    return this.#activity.next();
  }

  isQuietSince(moment: number): boolean {
    return this.#activity.isQuietSince(moment);
  }

  isDrainedSince(moment: number): boolean {
    const consumers = [...this.#consumers.values()];
    return this.#isLayoutCurrent && consumers.every(({ consumer }) => consumer.isDrainedSince(moment));
  }

  /**
   * Finds the shards for the first time.
   *
   * @throws ResourceNotFoundException if the stream does not exist.
   */
  async start(): Promise<void> {
    await this.#discover();
  }

  /** Looks for new shards until the signal aborts: when a shard ends, and every `shardDiscoveryIntervalMs`. */
  async run(): Promise<void> {
    const { tuning, sleep, log } = this.#deps.delivery;
    while (!this.#signal.aborted) {
      try {
        if (this.#isLayoutCurrent)
          await this.#wakeSignal.waitAtMost(tuning.shardDiscoveryIntervalMs, sleep, this.#signal);
        await this.#discover();
      } catch (error) {
        if (this.#signal.aborted) return;
        log.error('The shards of the stream could not be found', { error });
        await sleep(tuning.retryDelayMsMax, this.#signal).catch(() => undefined);
      }
    }
  }

  /** Resolves when the consumers of all shards have ended. */
  async allEnded(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map(({ ended }) => ended));
  }

  /** Stops all consumers from writing checkpoints. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map(({ consumer }) => consumer.abandon()));
  }

  /**
   * Whether every readable shard is being read, as far as is known. False if a shard ended while the stream was described: the stream
   * is described again to find its children.
   */
  get #isLayoutCurrent(): boolean {
    return this.#describedAt > this.#lastShardEndedAt;
  }

  async #discover(): Promise<void> {
    const beganAt = this.#activity.next();
    try {
      const layout = await this.#describe();
      await this.#loadCheckpoints(layout.shards);
      this.#consume(layout);
      this.#describedAt = beganAt;
    } catch (error) {
      this.#describedAt = 0;
      throw error;
    }
  }

  #describe(): Promise<StreamLayout> {
    const { settings, tuning } = this.#deps.delivery;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(tuning.requestTimeoutMs)]);
    return describeStream(this.#deps.streams, settings.streamArn, signal);
  }

  async #loadCheckpoints(shards: readonly StreamShard[]): Promise<void> {
    const { settings } = this.#deps.delivery;
    for (const { shardId } of shards) {
      if (this.#consumers.has(shardId) || this.#finished.has(shardId)) continue;
      const checkpoint = await this.#deps.checkpoints.read(settings.id, shardId);
      this.#checkpoints.set(shardId, checkpoint);
      if (checkpoint?.position === 'shard-end') this.#finish(shardId, undefined);
    }
  }

  #consume(layout: StreamLayout): void {
    if (this.#signal.aborted) return;
    for (const { shardId } of readableShards(layout.shards, (id) => this.#finished.has(id))) {
      if (this.#consumers.has(shardId)) continue;
      const checkpoint = this.#checkpoints.get(shardId);
      const position: ReadPosition =
        checkpoint?.position === 'after'
          ? { from: 'after', sequenceNumber: checkpoint.sequenceNumber }
          : { from: 'TRIM_HORIZON' };
      const consumer = this.#newConsumer(shardId, layout.hashKeyName, position);
      this.#consumers.set(shardId, { consumer, ended: this.#consumeToEnd(shardId, consumer) });
    }
  }

  async #consumeToEnd(shardId: string, consumer: ShardConsumer): Promise<void> {
    const { tuning, sleep, log } = this.#deps.delivery;
    try {
      await consumer.run(this.#signal);
      this.#finish(shardId, consumer.status);
    } catch (error) {
      if (this.#signal.aborted) return;
      log.error('A shard cannot be consumed; retrying from its checkpoint', { shardId, error });
      await sleep(tuning.retryDelayMsMax, this.#signal).catch(() => undefined);
    }
    this.#consumers.delete(shardId);
    this.#lastShardEndedAt = this.#activity.next();
    this.#wakeSignal.ring();
  }

  #newConsumer(shardId: string, hashKeyName: string, position: ReadPosition): ShardConsumer {
    const { delivery, streams, matches, transform } = this.#deps;
    const { streamArn } = delivery.settings;
    return new ShardConsumer({
      ...delivery,
      shardId,
      hashKeyName,
      reader: new ShardReader(streams, { streamArn, shardId, position }, delivery.log),
      checkpoint: this.#checkpointOf(shardId),
      resumedAfter: position.from === 'after' ? position.sequenceNumber : undefined,
      matches,
      transform,
      activity: this.#activity,
      isInStream: async (signal) => {
        const { shards } = await describeStream(streams, streamArn, signal);
        return shards.some((shard) => shard.shardId === shardId);
      },
    });
  }

  #checkpointOf(shardId: string): CheckpointWriter {
    const { settings, log } = this.#deps.delivery;
    return new CheckpointWriter(this.#deps.checkpoints, settings.id, shardId, log);
  }

  #finish(shardId: string, lastStatus: ShardStatus | undefined): void {
    this.#finished.set(shardId, {
      shardId,
      checkpoint: lastStatus?.checkpoint,
      state: 'finished',
      recordsWaiting: 0,
      millisBehind: 0,
      invocationsInProgress: 0,
      retries: 0,
    });
  }
}
