import type {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetRecordsCommandOutput,
} from '@aws-sdk/client-dynamodb-streams';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { InvocationResult } from '../../infra/local/event-source-mapping/batch-delivery.ts';
import {
  type Checkpoint,
  type CheckpointStore,
  MemoryCheckpointStore,
} from '../../infra/local/event-source-mapping/checkpoints.ts';
import { EventSourceMapping } from '../../infra/local/event-source-mapping/event-source-mapping.ts';
import { type OnFailureRecord, withPayload } from '../../infra/local/event-source-mapping/on-failure.ts';
import type { EventSourceMappingSettings } from '../../infra/local/event-source-mapping/settings.ts';
import type { Sleep } from '../../infra/local/event-source-mapping/waiting.ts';
import { ConsumerFunction } from './consumer-function.ts';
import type { FaultKind } from './faults.ts';
import type { Host } from './host.ts';
import { STREAM_ARN } from './models/stream.ts';
import { PLACES } from './places.ts';
import { Dice, hashOf, mixed } from './random.ts';
import type { World } from './world.ts';

const INVOCATION_FAULTS = [
  'crash-before',
  'crash-after',
  'response-lost',
  'function-throttled',
  'invoked-twice',
  'repeated-later',
] as const satisfies readonly FaultKind[];
const RESTART_MS = [200, 20_000] as const;
const REPEAT_MS = [500, 60_000] as const;
/** Intervals like no other, by which the sleeps of idle readers are known. */
const POLL_MS = 250.5;
const DISCOVERY_MS = 3_600_000.5;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * An event-source mapping and its function: the local system's own mapping, so its partial checkpoints, retries, bisecting
 * and giving up are the code that runs, in a process that crashes and comes back on the checkpoints it has stored.
 */
export class Mapping {
  readonly #consumer: ConsumerName;
  readonly #world: World;
  readonly #settings: EventSourceMappingSettings;
  readonly #function: ConsumerFunction;
  readonly #stored = new MemoryCheckpointStore();
  readonly #sleepers = new Set<() => void>();
  #host: Host;
  #invocations = 0;
  /** The state of the stream that the last read found. */
  #readAt = '';

  constructor(consumer: ConsumerName, world: World, filterPatterns: readonly unknown[]) {
    this.#consumer = consumer;
    this.#world = world;
    this.#function = new ConsumerFunction(consumer, world);
    this.#host = world.newHost(`${consumer}-mapping`);
    const { config } = world;
    this.#settings = {
      id: `${consumer}-mapping`,
      functionName: consumer,
      functionArn: `arn:aws:lambda:eu-central-1:000000000000:function:${consumer}`,
      streamArn: STREAM_ARN,
      batchSize: config.batchSize,
      maximumBatchingWindowInSeconds: config.batchingWindowSeconds,
      parallelizationFactor: config.parallelizationFactor,
      maximumRetryAttempts: config.maximumRetryAttempts,
      maximumRecordAgeInSeconds: config.maximumRecordAgeSeconds,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      filterPatterns,
    };
  }

  /** Begins to read; comes back whenever its process ends. */
  start(): void {
    const { scheduler, seed } = this.#world;
    const host = this.#world.newHost(`${this.#consumer}-mapping`);
    this.#host = host;
    const dice = new Dice(mixed(seed, hashOf(`${host.role} starts at ${scheduler.nowMicros}`)));
    const mapping = new EventSourceMapping({
      settings: this.#settings,
      streams: this.#reading(host),
      tuning: { pollIntervalMs: POLL_MS, shardDiscoveryIntervalMs: DISCOVERY_MS },
      invoke: (event) => this.#invoke(event, host),
      onFailure: (failure) => this.#giveUp(failure, host),
      checkpoints: this.#checkpoints(host),
      clock: this.#world.clock,
      sleep: this.#sleep(host),
      random: () => dice.next(),
      log: SILENT,
    });
    const comeBack = (): void => {
      scheduler.after(dice.spread(...RESTART_MS), `${host.role} starts`, () => this.start());
    };
    host.onCrash(comeBack);
    mapping.start().catch(() => host.crash('it cannot start'));
  }

  /** Ends the process, which comes back after a while. */
  restart(): void {
    this.#host.crash('it is restarted');
  }

  /** Wakes the readers that wait for something to read. */
  wake(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  // A reader sleeps within the step in which its read got its response, so the last response is its own.
  #reading(host: Host): DynamoDBStreamsClient {
    const { streams } = this.#world.clients(host);
    const send = async (
      command: GetRecordsCommand,
      options: { abortSignal?: AbortSignal },
    ): Promise<GetRecordsCommandOutput> => {
      const response = await streams.send(command, options);
      this.#readAt = response.$metadata.requestId ?? '';
      return response;
    };
    return { send } as unknown as DynamoDBStreamsClient;
  }

  // An idle shard is not read again until there is something new, which a read would not have found before: the time that
  // nothing happens in costs no steps.
  #sleep(host: Host): Sleep {
    const { scheduler } = this.#world;
    return (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const isIdle = ms === POLL_MS && this.#readAt === this.#world.services.stream.state;
      const wake = (): void => {
        this.#sleepers.delete(wake);
        scheduler.after(ms, `${host.role} wakes`, () => {
          if (host.isAlive) resolve();
        });
      };
      if (isIdle) this.#sleepers.add(wake);
      // The end of a shard leads to a DescribeStream anyway, and new shards appear only at the end of an old one.
      else if (ms !== DISCOVERY_MS) wake();
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      return promise;
    };
  }

  #checkpoints(host: Host): CheckpointStore {
    const call = (command: string, effect: () => unknown): Promise<unknown> =>
      host.call({
        service: 'checkpoints',
        command,
        effect,
        faults: {},
        never: ['hang'],
        noResponse: () => new Error('The checkpoint store did not respond'),
        away: () => new Error('The checkpoint store is away'),
      });
    return {
      read: async (mappingId, shardId) => {
        const read = await call('read', () => this.#stored.read(mappingId, shardId));
        return read as Checkpoint | undefined;
      },
      write: async (mappingId, shardId, checkpoint) => {
        await call('write', () => {
          void this.#stored.write(mappingId, shardId, checkpoint);
          this.#world.report((observer) => observer.checkpointed?.(this.#consumer, shardId, checkpoint));
        });
      },
    };
  }

  async #invoke(event: DynamoDBStreamEvent, host: Host): Promise<InvocationResult> {
    const { faults, scheduler, seed, config } = this.#world;
    this.#invocations += 1;
    const name = `${host.role}.invoke`;
    const n = this.#invocations;
    const dice = new Dice(mixed(mixed(seed, hashOf(name)), n));
    const fault = faults.decide(hashOf(name), name, n, INVOCATION_FAULTS);
    scheduler.note(
      () => `${name}#${n} with ${event.Records.length} records${fault === undefined ? '' : ` (${fault})`}`,
    );
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        scheduler.after(dice.spread(0.2, config.latencyMsMax), name, () => {
          if (host.isAlive) resolve();
        });
      });
    await pause();
    if (fault === 'function-throttled') return { outcome: 'throttled' };
    if (fault === 'crash-before') host.crash('before it invokes');
    if (!host.isAlive) return new Promise(() => undefined);
    if (fault === 'invoked-twice') this.#repeat(event, dice.spread(0.2, 50));
    if (fault === 'repeated-later') this.#repeat(event, dice.spread(...REPEAT_MS));
    const result = await this.#function.invoke(event);
    scheduler.note(() => `${name}#${n} ends: ${JSON.stringify(result)}`);
    if (fault === 'crash-after') host.crash('before it reads the report');
    if (!host.isAlive) return new Promise(() => undefined);
    await pause();
    // The mapping takes a function it has not heard of for one that was not reached.
    if (fault === 'response-lost') throw new Error('The response of the function was lost');
    return result;
  }

  #repeat(event: DynamoDBStreamEvent, afterMs: number): void {
    this.#world.scheduler.after(afterMs, `${this.#consumer} is invoked once more`, () => {
      void this.#function.invoke(event);
    });
  }

  async #giveUp(failure: OnFailureRecord, host: Host): Promise<void> {
    const { s3, sqs } = this.#world.clients(host);
    const { deadLetterBucket, deadLetterQueueUrl } = PLACES[this.#consumer];
    if (this.#world.config.onFailure === 'bucket') {
      const Body = JSON.stringify(withPayload(failure));
      await s3.send(new PutObjectCommand({ Bucket: deadLetterBucket, Key: failure.objectKey, Body }));
    } else {
      const MessageBody = JSON.stringify(failure.pointers);
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody }));
    }
    this.#world.report((observer) => observer.givenUp?.(this.#consumer, failure.event.Records));
  }
}
