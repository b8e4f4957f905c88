import { setImmediate } from 'node:timers/promises';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { expect } from 'vitest';
import type { MappingLog } from '../../../infra/local/event-source-mapping/activity.ts';
import type { FunctionResult } from '../../../infra/local/event-source-mapping/batch-delivery.ts';
import { MemoryCheckpointStore } from '../../../infra/local/event-source-mapping/checkpoints.ts';
import {
  EventSourceMapping,
  type EventSourceMappingDependencies,
  type InvocationResult,
  type OnFailureRecord,
} from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import type {
  EventSourceMappingSettings,
  MappingTuning,
} from '../../../infra/local/event-source-mapping/settings.ts';
import type { WaitingRecord } from '../../../infra/local/event-source-mapping/waiting-record.ts';
import { eventually } from '../waiting.ts';
import { FakeStream, sequenceNumber } from './fake-stream.ts';
import { STREAM_ARN } from './stream-record.ts';

export const aMapping = (
  overrides: Partial<EventSourceMappingSettings> = {},
): EventSourceMappingSettings => ({
  id: '6d3c2b1a-0000-4000-8000-000000000001',
  functionName: 'OrderEventsFunction',
  functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:OrderEventsFunction',
  streamArn: STREAM_ARN,
  batchSize: 10,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: true,
  filterPatterns: [],
  ...overrides,
});

/** Records 1 to n of one partition key, small and just arrived. */
export const waitingRecords = (n: number, overrides: Partial<WaitingRecord> = {}): WaitingRecord[] =>
  Array.from({ length: n }, (_, index) => ({
    sequenceNumber: sequenceNumber(index + 1),
    itemKey: '[["pk",{"S":"a"}]]',
    arrivedAtMs: 0,
    sizeBytes: 100,
    record: { dynamodb: { SequenceNumber: sequenceNumber(index + 1) } },
    ...overrides,
  }));

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** A clock whose time passes only while all its users sleep. Then it is the time of the first that wakes. */
export class SleptClock {
  #nowMs = Date.UTC(2026, 0, 1);
  #sleepers: Sleeper[] = [];
  #isPassing = false;
  /** How long each sleep was. */
  readonly sleptMs: number[] = [];

  now(): Date {
    return new Date(this.#nowMs);
  }

  readonly sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    this.sleptMs.push(ms);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { wakeAtMs: this.#nowMs + ms, wake: resolve };
    const abort = () => {
      this.#remove(sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#sleepers.push(sleeper);
    if (!this.#isPassing) void this.#passTime();
    await promise;
    signal?.removeEventListener('abort', abort);
  };

  async #passTime(): Promise<void> {
    this.#isPassing = true;
    while (this.#sleepers.length > 0) {
      await setImmediate();
      const first = this.#sleepers.toSorted((one, other) => one.wakeAtMs - other.wakeAtMs)[0];
      if (first === undefined) break;
      this.#remove(first);
      this.#nowMs = Math.max(this.#nowMs, first.wakeAtMs);
      first.wake();
    }
    this.#isPassing = false;
  }

  #remove(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
  }
}

/** A log that keeps its entries. */
export class KeptLog implements MappingLog {
  readonly messages: string[] = [];
  /** Those of each message, in the same order. */
  readonly attributes: Readonly<Record<string, unknown>>[] = [];

  info(message: string, attributes: Readonly<Record<string, unknown>>): void {
    this.#keep(message, attributes);
  }

  warn(message: string, attributes: Readonly<Record<string, unknown>>): void {
    this.#keep(message, attributes);
  }

  error(message: string, attributes: Readonly<Record<string, unknown>>): void {
    this.#keep(message, attributes);
  }

  #keep(message: string, attributes: Readonly<Record<string, unknown>>): void {
    this.messages.push(message);
    this.attributes.push(attributes);
  }
}

/** Waits until all is handled that is in the mapping's stream now, and all that its function wrote. */
export async function untilDrained(
  mapping: Pick<EventSourceMapping, 'moment' | 'drainedSince'>,
): Promise<void> {
  const now = mapping.moment();
  await eventually(() => expect(mapping.drainedSince(now)).toBe(true));
}

export const sequenceOf = (record: DynamoDBRecord): string => record.dynamodb?.SequenceNumber ?? '';
export const partitionOf = (record: DynamoDBRecord): string => record.dynamodb?.Keys?.['pk']?.S ?? '';
export const sequencesOf = (event: DynamoDBStreamEvent): string[] => event.Records.map(sequenceOf);

export const success = (payload: unknown = null): FunctionResult => ({ outcome: 'success', payload });
export const failedItems = (...itemIdentifiers: string[]): InvocationResult =>
  success({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) });
export const functionError = (): FunctionResult => ({
  outcome: 'function-error',
  errorType: 'Error',
  payload: null,
});

/** The response of a function to its n-th invocation, from 1. */
export type Respond = (
  event: DynamoDBStreamEvent,
  invocation: number,
) => InvocationResult | Promise<InvocationResult>;

/** What a mapping and its deliveries take from outside alike, on a clock that is slept by, and what they did with it. */
export function recorded(respond: Respond) {
  const clock = new SleptClock();
  const log = new KeptLog();
  const events: DynamoDBStreamEvent[] = [];
  const failures: OnFailureRecord[] = [];
  const deps = {
    invoke: async (event: DynamoDBStreamEvent) => {
      events.push(event);
      return respond(event, events.length);
    },
    onFailure: async (failure: OnFailureRecord) => {
      failures.push(failure);
    },
    clock,
    sleep: clock.sleep,
    log,
  };
  /** The sequence numbers of each invocation. */
  const batches = () => events.map(sequencesOf);
  return { deps, clock, log, failures, batches };
}

/** A mapping on a fake stream of one shard, and what it did. */
export function mappingRun(
  settings: Partial<EventSourceMappingSettings>,
  respond: Respond = () => success(),
  overrides: Partial<EventSourceMappingDependencies> & {
    stream?: FakeStream;
    tuning?: Partial<MappingTuning>;
  } = {},
) {
  const stream = overrides.stream ?? new FakeStream();
  if (overrides.stream === undefined) stream.addShard('shard-1');
  const checkpoints = overrides.checkpoints ?? new MemoryCheckpointStore();
  const { deps, ...kept } = recorded(respond);
  const mapping = new EventSourceMapping({
    settings: aMapping(settings),
    streams: stream.client,
    random: () => 0.5,
    ...deps,
    ...overrides,
    checkpoints,
  });
  return {
    ...kept,
    stream,
    checkpoints,
    mapping,
    givenUp: () => kept.failures.map(({ event }) => sequencesOf(event)),
  };
}
