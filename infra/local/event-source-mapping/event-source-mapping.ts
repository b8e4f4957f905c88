import { randomUUID } from 'node:crypto';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { settledWithin } from '../machine/settled-within.ts';
import { Activity, type MappingLog, withAttributes } from './activity.ts';
import type { InvocationResult, Invoke } from './batch-delivery.ts';
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
import { ShardCoordinator, type ShardCoordinatorDependencies } from './shard-coordinator.ts';
import type { ShardStatus } from './shards.ts';
import { type Sleep, sleepOnTimer } from './waiting.ts';

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
  /** Called with the age of a batch's last record, in milliseconds, when the batch is sent: Lambda's metric `IteratorAge`. */
  readonly onBatchSent?: (iteratorAgeMs: number) => void;
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

/** The state of a mapping changes at this moment. Lambda refuses a change with `ResourceInUseException`. */
export class MappingInTransitionError extends OrderStreamError {
  readonly code = 'mapping-in-transition';
  readonly remedy = 'Try again when its state is Enabled or Disabled.';
}

/** The states of Lambda that a mapping has here. It is enabled at once. */
export type MappingState = 'Enabled' | 'Disabling' | 'Disabled';
/** See https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html. */
export type LastProcessingResult = 'No records processed' | 'OK' | 'PROBLEM: Function call failed';

/**
 * Lambda's event source mapping on a DynamoDB stream, for one machine. It reads the shards parent before child, and filters, batches,
 * invokes, retries, bisects and gives up as Lambda does: at least once, and in order for each item.
 *
 * A shard without a checkpoint is read from its beginning. Retry counts do not survive a restart. Without a limit of retries or age,
 * records are retried without end; Lambda retries until the stream trims them after 24 hours.
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export class EventSourceMapping {
  readonly settings: EventSourceMappingSettings;
  readonly #deps: ShardCoordinatorDependencies;
  readonly #activity = new Activity();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #stopTimeoutMs: number;
  readonly #log: MappingLog;
  #shards: ShardCoordinator;
  #stopping = new AbortController();
  #running: Promise<unknown> | undefined;
  #isStopped = false;
  #state: MappingState = 'Enabled';
  #lastModified: Date;
  #lastProcessingResult: LastProcessingResult = 'No records processed';

  /** @throws InvalidMappingSettingsError, InvalidEventPatternError for settings that Lambda would refuse. */
  constructor(deps: EventSourceMappingDependencies) {
    const { settings, streams, checkpoints, onFailure } = deps;
    checkSettings(settings);
    const tuning = { ...DEFAULT_TUNING, ...deps.tuning };
    this.settings = settings;
    this.#stopTimeoutMs = tuning.stopTimeoutMs;
    this.#log = withAttributes(deps.log ?? console, { functionName: settings.functionName });
    this.#clock = deps.clock ?? systemClock;
    this.#lastModified = this.#clock.now();
    this.#deps = {
      delivery: {
        settings,
        tuning,
        invoke: async (event) => this.#noteResult(await deps.invoke(event)),
        onFailure,
        onBatchSent: deps.onBatchSent ?? (() => undefined),
        clock: this.#clock,
        sleep: deps.sleep ?? sleepOnTimer,
        random: deps.random ?? Math.random,
        newId: deps.newId ?? randomUUID,
        log: this.#log,
      },
      streams,
      checkpoints,
      matches: compileEventPatterns(settings.filterPatterns),
      transform: deps.transform ?? ((record) => record),
    };
    this.#shards = new ShardCoordinator(this.#deps, this.#activity, this.#stopping.signal);
  }

  /** `Disabled` while it is paused. */
  get state(): MappingState {
    return this.#state;
  }

  /** When the state last changed. */
  get lastModified(): Date {
    return this.#lastModified;
  }

  /** The result of the last invocation. A response that reports failed records is a successful invocation. */
  get lastProcessingResult(): LastProcessingResult {
    return this.#lastProcessingResult;
  }

  /**
   * Starts to read. Resolves when the first shards are being read.
   *
   * @throws ResourceNotFoundException if the stream does not exist; MappingStartedError if it was started before.
   */
  async start(): Promise<void> {
    if (this.#running !== undefined || this.#isStopped)
      throw new MappingStartedError('The mapping was started before');
    const shards = this.#shards;
    const starting = shards.start();
    this.#running = starting.then(
      () => shards.run(),
      () => undefined,
    );
    await starting;
  }

  /**
   * Starts no further invocations until {@link resume}. The state is `Disabling` until those in progress have ended. Harmless if
   * it is paused.
   *
   * @throws MappingInTransitionError while the state changes.
   */
  pause(): void {
    this.#requireSettled();
    if (this.#state === 'Disabled') return;
    this.#become('Disabling');
    this.#stopping.abort();
    void Promise.all([this.#running, this.#shards.allEnded()]).then(() => this.#become('Disabled'));
  }

  /**
   * Continues at the checkpoints. Harmless if it runs.
   *
   * @throws MappingInTransitionError while the state changes.
   */
  resume(): void {
    this.#requireSettled();
    if (this.#state === 'Enabled' || this.#isStopped) return;
    this.#stopping = new AbortController();
    this.#shards = new ShardCoordinator(this.#deps, this.#activity, this.#stopping.signal);
    this.#running = this.#shards.run();
    this.#become('Enabled');
  }

  /** Starts no further invocations, waits up to `stopTimeoutMs` for those in progress, and writes the checkpoints. */
  async stop(): Promise<void> {
    this.#isStopped = true;
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

  #requireSettled(): void {
    if (this.#state === 'Disabling')
      throw new MappingInTransitionError('The mapping cannot change while its state is Disabling');
  }

  #become(state: MappingState): void {
    this.#state = state;
    this.#lastModified = this.#clock.now();
  }

  #noteResult(result: InvocationResult): InvocationResult {
    if (result.outcome === 'success') this.#lastProcessingResult = 'OK';
    if (result.outcome === 'function-error') this.#lastProcessingResult = 'PROBLEM: Function call failed';
    return result;
  }
}
