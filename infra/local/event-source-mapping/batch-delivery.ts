import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { Clock } from '../../../pipelines/clock.ts';
import type { MappingLog } from './activity.ts';
import { type BatchVerdict, readBatchResponse } from './batch-response.ts';
import {
  type OnFailureCondition,
  type OnFailureRecord,
  onFailureRecord,
  sendOnFailure,
} from './on-failure.ts';
import { type Attempt, redeliver } from './redelivery.ts';
import type { EventSourceMappingSettings, MappingTuning } from './settings.ts';
import { retryDelayMs, type Sleep } from './waiting.ts';
import { countTooOld, type WaitingRecord } from './waiting-record.ts';

/** How an invocation that ran ended. */
export type FunctionResult =
  /** It responded; `payload` is the parsed JSON of its response. */
  | { readonly outcome: 'success'; readonly payload: unknown }
  /** It threw an error, crashed or timed out. */
  | { readonly outcome: 'function-error'; readonly errorType: string; readonly payload: unknown };

/** How one invocation of the function ended. */
export type InvocationResult =
  | FunctionResult
  /** It did not run: all of the function's concurrency is in use. */
  | { readonly outcome: 'throttled' };

/** Invokes the function once. A rejection counts as `throttled`: the function was not reached. */
export type Invoke = (event: DynamoDBStreamEvent) => Promise<InvocationResult>;

/** The dependencies of delivery. */
export interface DeliveryDependencies {
  readonly settings: EventSourceMappingSettings;
  readonly tuning: MappingTuning;
  readonly invoke: Invoke;
  readonly onFailure: (failure: OnFailureRecord) => Promise<void>;
  /** Called with the age of a batch's last record, in milliseconds, when the batch is sent. */
  readonly onBatchSent: (iteratorAgeMs: number) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: MappingLog;
}

type Step = { readonly again: readonly Attempt[]; readonly isFailure: boolean };

const NOT_REACHED = { outcome: 'throttled' } as const;

/**
 * Sends one batch after the other until each of its records is handled: by the function, or by the on-failure destination when the
 * retries or the record age are exhausted. After a failure it waits with exponential backoff and jitter.
 *
 * A throttled invocation does not count as a retry; only the record age limits it. Delivery to the on-failure destination is retried
 * until it succeeds, because nothing else holds the records.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 */
export class BatchDelivery {
  readonly #deps: DeliveryDependencies;
  readonly #shardId: string;
  readonly #onHandled: (records: readonly WaitingRecord[]) => void;
  #lastResult: FunctionResult | undefined;
  #retries = 0;
  #isInvoking = false;

  constructor(
    deps: DeliveryDependencies,
    shardId: string,
    onHandled: (records: readonly WaitingRecord[]) => void,
  ) {
    this.#deps = deps;
    this.#shardId = shardId;
    this.#onHandled = onHandled;
  }

  /** Whether the function is running now. */
  get isInvoking(): boolean {
    return this.#isInvoking;
  }

  /** The retries of the current batch so far. */
  get retries(): number {
    return this.#retries;
  }

  /**
   * Delivers the records in order. Starts no invocation after the signal aborts, and lets an invocation in progress end.
   *
   * @throws the signal's reason if it aborts before all records are handled.
   */
  async deliver(records: readonly WaitingRecord[], signal: AbortSignal): Promise<void> {
    this.#lastResult = undefined;
    const pending: Attempt[] = [{ records, retries: 0, invocations: 0 }];
    let failuresInARow = 0;
    for (let attempt = pending.pop(); attempt !== undefined; attempt = pending.pop()) {
      signal.throwIfAborted();
      this.#retries = attempt.retries;
      const { again, isFailure } = await this.#step(attempt, signal);
      pending.push(...again.toReversed());
      failuresInARow = isFailure ? failuresInARow + 1 : 0;
      if (isFailure && pending.length > 0)
        await this.#deps.sleep(retryDelayMs(failuresInARow, this.#deps.tuning, this.#deps.random), signal);
    }
    this.#retries = 0;
  }

  async #step(attempt: Attempt, signal: AbortSignal): Promise<Step> {
    const { settings, clock } = this.#deps;
    const { records } = attempt;
    const tooOld = countTooOld(records, settings.maximumRecordAgeInSeconds, clock.now().getTime());
    if (tooOld > 0) {
      await this.#giveUp(attempt, records.slice(0, tooOld), 'RecordAgeExceeded', signal);
      const young = records.slice(tooOld);
      return { again: young.length === 0 ? [] : [{ ...attempt, records: young }], isFailure: false };
    }
    const lastArrivedAtMs = records.at(-1)?.arrivedAtMs ?? 0;
    this.#deps.onBatchSent(Math.max(0, clock.now().getTime() - lastArrivedAtMs));
    const result = await this.#invoke({ Records: records.map(({ record }) => record) });
    if (result.outcome === 'throttled') return { again: [attempt], isFailure: true };
    this.#lastResult = result;
    if (result.outcome === 'function-error') {
      const { errorType } = result;
      this.#deps.log.warn('The function failed', {
        shardId: this.#shardId,
        errorType,
        records: records.length,
      });
    }
    const invoked = { ...attempt, invocations: attempt.invocations + 1 };
    const verdict = this.#verdictOf(result, records);
    const { handled, exhausted, again } = redeliver(invoked, verdict, settings);
    if (handled.length > 0) this.#onHandled(handled);
    await this.#giveUp(invoked, exhausted, 'RetryAttemptsExhausted', signal);
    return { again, isFailure: verdict.kind !== 'success' };
  }

  async #invoke(event: DynamoDBStreamEvent): Promise<InvocationResult> {
    this.#isInvoking = true;
    try {
      return await this.#deps.invoke(event);
    } catch (error) {
      this.#deps.log.error('The function could not be invoked', { shardId: this.#shardId, error });
      return NOT_REACHED;
    } finally {
      this.#isInvoking = false;
    }
  }

  #verdictOf(result: FunctionResult, records: readonly WaitingRecord[]): BatchVerdict {
    if (result.outcome === 'function-error') return { kind: 'failed' };
    if (!this.#deps.settings.reportBatchItemFailures) return { kind: 'success' };
    return readBatchResponse(
      result.payload,
      records.map(({ sequenceNumber }) => sequenceNumber),
    );
  }

  async #giveUp(
    attempt: Attempt,
    records: readonly WaitingRecord[],
    condition: OnFailureCondition,
    signal: AbortSignal,
  ): Promise<void> {
    const [first, ...others] = records;
    if (first === undefined) return;
    const { settings, clock, newId } = this.#deps;
    const failure = onFailureRecord({
      settings,
      shardId: this.#shardId,
      records: [first, ...others],
      condition,
      invocations: attempt.invocations,
      lastResult: this.#lastResult,
      now: clock.now(),
      newId,
    });
    await sendOnFailure(failure, this.#deps, signal);
    this.#onHandled(records);
  }
}
