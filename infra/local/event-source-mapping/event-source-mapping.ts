import { randomUUID } from 'node:crypto';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { settledWithin } from '../settled-within.ts';
import type { HandledCounts } from './activity.ts';
import { type MappingLog, withAttributes } from './activity.ts';
import type { Invoke } from './batch-delivery.ts';
import type { CheckpointStore } from './checkpoints.ts';
import { compileEventPatterns } from './event-pattern.ts';
import type { OnFailureRecord } from './on-failure.ts';
import {
  checkSettings,
  DEFAULT_TUNING,
  type EventSourceMappingSettings,
  type MappingTuning,
} from './settings.ts';
import type { TransformRecord } from './shard-consumer.ts';
import { ShardCoordinator } from './shard-coordinator.ts';
import type { ShardStatus } from './shards.ts';
import { type Sleep, sleepOnTimer } from './waiting.ts';

export type { HandledCounts } from './activity.ts';
export type { InvocationResult } from './batch-delivery.ts';
export type { OnFailureRecord } from './on-failure.ts';
export type { ShardStatus } from './shards.ts';

/** What a mapping takes from outside. */
export interface EventSourceMappingDependencies {
  readonly settings: EventSourceMappingSettings;
  readonly streams: DynamoDBStreamsClient;
  readonly invoke: Invoke;
  /** Sends a batch that was given up to the on-failure destination. Tried until it resolves: nothing else holds the batch. */
  readonly onFailure: (failure: OnFailureRecord) => Promise<void>;
  readonly checkpoints: CheckpointStore;
  /** Changes each record before it is filtered; must keep its keys and its sequence number. */
  readonly transform?: TransformRecord;
  readonly tuning?: Partial<MappingTuning>;
  readonly clock?: Pick<Clock, 'now'>;
  readonly sleep?: Sleep;
  readonly random?: () => number;
  readonly newId?: () => string;
  /** Defaults to the console. */
  readonly log?: MappingLog;
}

/** A mapping runs once: a stopped one is replaced by a new one on the same checkpoints. */
export class MappingStartedError extends OrderStreamError {
  readonly code = 'mapping-started';
  readonly remedy = 'Make a new EventSourceMapping with the same checkpoint store.';
}

/**
 * Lambda's event-source mapping on a DynamoDB stream, for one machine: reads the shards parent before child, filters,
 * batches, invokes, retries, bisects and gives up as Lambda does, at least once and in order for each partition key.
 *
 * Starting at LATEST passes by what the shards hold at the very first start, which is one that finds no checkpoint; a
 * shard that is found later is read from its beginning. Retry counts do not survive a restart. Records are kept trying
 * without end where neither retries nor age are bounded: Lambda does so until they leave the stream after 24 hours.
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export class EventSourceMapping {
  readonly #shards: ShardCoordinator;
  readonly #stopping = new AbortController();
  readonly #stopTimeoutMs: number;
  readonly #log: MappingLog;
  #running: Promise<void> | undefined;

  /** @throws InvalidMappingSettingsError, InvalidEventPatternError for settings that Lambda would refuse. */
  constructor(deps: EventSourceMappingDependencies) {
    const { settings, streams, checkpoints, invoke, onFailure } = deps;
    checkSettings(settings);
    const tuning = { ...DEFAULT_TUNING, ...deps.tuning };
    this.#stopTimeoutMs = tuning.stopTimeoutMs;
    this.#log = withAttributes(deps.log ?? console, { functionName: settings.functionName });
    this.#shards = new ShardCoordinator(
      {
        delivery: {
          settings,
          tuning,
          invoke,
          onFailure,
          clock: deps.clock ?? systemClock,
          sleep: deps.sleep ?? sleepOnTimer,
          random: deps.random ?? Math.random,
          newId: deps.newId ?? randomUUID,
          log: this.#log,
        },
        streams,
        checkpoints,
        matches: compileEventPatterns(settings.filterPatterns),
        transform: deps.transform ?? ((record) => record),
      },
      this.#stopping.signal,
    );
  }

  /**
   * Begins to read; resolves when the first shards are being read.
   *
   * @throws ResourceNotFoundException when there is no such stream; MappingStartedError the second time.
   */
  async start(): Promise<void> {
    if (this.#running !== undefined || this.#stopping.signal.aborted)
      throw new MappingStartedError('The mapping was started before');
    const starting = this.#shards.start();
    this.#running = starting.then(
      () => this.#shards.run(),
      () => undefined,
    );
    await starting;
  }

  /** Starts no further invocation, waits for those under way, at most `stopTimeoutMs`, and writes the checkpoints. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = Promise.all([this.#running, this.#shards.allEnded()]);
    if (await settledWithin(ended, this.#stopTimeoutMs)) return;
    this.#log.warn('Stopped with an invocation under way: its records will be sent again', {});
    await this.#shards.abandon();
  }

  /** What is known of each shard that was found, finished ones included. */
  status(): readonly ShardStatus[] {
    return this.#shards.status;
  }

  /** How many records were handled since the start, by event type. */
  handled(): HandledCounts {
    return this.#shards.handled;
  }

  /** Which moment it is, to ask later what has happened since. Means nothing to another mapping. */
  moment(): number {
    return this.#shards.moment();
  }

  /**
   * Whether all that was written before that moment was read and handled, and all that the function itself wrote: each
   * shard was seen to be empty by a read that began after the moment and after the last batch of any shard ended.
   */
  drainedSince(moment: number): boolean {
    return this.#shards.isDrainedSince(moment);
  }

  /** Whether no batch has ended since that moment. One that is under way is not seen: ask {@link drainedSince} too. */
  quietSince(moment: number): boolean {
    return this.#shards.isQuietSince(moment);
  }
}
