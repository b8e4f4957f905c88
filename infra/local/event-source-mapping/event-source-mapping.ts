import { randomUUID } from 'node:crypto';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { settledWithin } from '../machine/settled-within.ts';
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

/** The dependencies of a mapping. */
export interface EventSourceMappingDependencies {
  readonly settings: EventSourceMappingSettings;
  readonly streams: DynamoDBStreamsClient;
  readonly invoke: Invoke;
  /** Sends a batch that was given up to the on-failure destination. Retried until it resolves: nothing else holds the batch. */
  readonly onFailure: (failure: OnFailureRecord) => Promise<void>;
  readonly checkpoints: CheckpointStore;
  /** Changes each record before the filter. Must keep its keys and its sequence number. */
  readonly transform?: TransformRecord;
  readonly tuning?: Partial<MappingTuning>;
  readonly clock?: Pick<Clock, 'now'>;
  readonly sleep?: Sleep;
  readonly random?: () => number;
  readonly newId?: () => string;
  /** Defaults to the console. */
  readonly log?: MappingLog;
}

/** A mapping was started a second time. A mapping runs once; a new one with the same checkpoints replaces it. */
export class MappingStartedError extends OrderStreamError {
  readonly code = 'mapping-started';
  readonly remedy = 'Create a new EventSourceMapping with the same checkpoint store.';
}

/**
 * Lambda's event source mapping on a DynamoDB stream, for one machine. It reads the shards parent before child, and filters, batches,
 * invokes, retries, bisects and gives up as Lambda does: at least once, and in order for each partition key.
 *
 * With LATEST, the first start skips the records that the shards hold. A start is the first if it finds no checkpoint. A shard that
 * is found later is read from its beginning. Retry counts do not survive a restart. Without a limit of retries or age, records are
 * retried without end; Lambda retries until the stream trims them after 24 hours.
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
   * Starts to read. Resolves when the first shards are being read.
   *
   * @throws ResourceNotFoundException if the stream does not exist; MappingStartedError if it was started before.
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

  /** Starts no further invocations, waits up to `stopTimeoutMs` for those in progress, and writes the checkpoints. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = Promise.all([this.#running, this.#shards.allEnded()]);
    if (await settledWithin(ended, this.#stopTimeoutMs)) return;
    this.#log.warn('Stopped during an invocation: its records will be sent again', {});
    await this.#shards.abandon();
  }

  /** The status of each known shard, including finished ones. */
  status(): readonly ShardStatus[] {
    return this.#shards.status;
  }

  /** How many records were handled since the start, by event type (INSERT, MODIFY, REMOVE). */
  handled(): HandledCounts {
    return this.#shards.handled;
  }

  /** A mark of the current moment for {@link drainedSince} and {@link quietSince}. It is valid for this mapping only. */
  moment(): number {
    return this.#shards.moment();
  }

  /**
   * Whether everything that was written before a moment, and everything that the function itself wrote, is read and handled. For each
   * shard, a read that began after the moment, and after the last batch of any shard ended, found no records.
   */
  drainedSince(moment: number): boolean {
    return this.#shards.isDrainedSince(moment);
  }

  /** Whether no batch has ended since a moment. A batch in progress does not count: check {@link drainedSince} too. */
  quietSince(moment: number): boolean {
    return this.#shards.isQuietSince(moment);
  }
}
