import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { Activity, type MappingLog, withAttributes } from '../event-source-mapping/activity.ts';
import type { InvocationResult } from '../event-source-mapping/batch-delivery.ts';
import { reportedFailures } from '../event-source-mapping/batch-response.ts';
import { MappingStartedError } from '../event-source-mapping/event-source-mapping.ts';
import { settledWithin } from '../machine/settled-within.ts';
import { checkQueueMappingSettings, type QueueMappingSettings } from './settings.ts';
import { SourceQueue } from './source-queue.ts';
import { toSqsRecord, withinPayload } from './sqs-record.ts';

/** The shortest long poll, because {@link QueueMapping.stop} waits for it. */
const WAIT_TIME_SECONDS = 1;
const STOP_TIMEOUT_MS = 10_000;

/** The dependencies of a mapping. */
export interface QueueMappingDependencies {
  readonly settings: QueueMappingSettings;
  readonly sqs: SQSClient;
  /** Invokes the function once; the signal aborts when the mapping stops. A rejection counts as a failure: the messages stay in the queue. */
  readonly invoke: (event: SQSEvent, stopping: AbortSignal) => Promise<InvocationResult>;
  readonly log: MappingLog;
}

/**
 * Lambda's event source mapping on a queue, for one machine. It reads messages, invokes the function, and deletes the messages that
 * succeed. A failed message stays until its visibility timeout ends. Then it is delivered again, or moves to the target of the
 * queue's redrive policy. If the function is throttled, all messages stay too; Lambda would retry within the visibility timeout.
 *
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
 */
export class QueueMapping {
  readonly #deps: QueueMappingDependencies;
  readonly #queue: SourceQueue;
  readonly #log: MappingLog;
  readonly #activity = new Activity();
  readonly #stopping = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();
  #running: Promise<void> | undefined;

  /** @throws InvalidMappingSettingsError for settings that Lambda would refuse. */
  constructor(deps: QueueMappingDependencies) {
    const { settings, sqs } = deps;
    checkQueueMappingSettings(settings);
    this.#deps = deps;
    this.#log = withAttributes(deps.log, { functionName: settings.functionName });
    this.#queue = new SourceQueue({
      sqs,
      queueUrl: settings.queueUrl,
      waitTimeSeconds: WAIT_TIME_SECONDS,
      log: this.#log,
    });
  }

  /** Starts to read. @throws MappingStartedError if it was started before. */
  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted)
      throw new MappingStartedError('The mapping was started before');
    this.#running = this.#run();
  }

  /** Stops reading, and waits up to 10 s for invocations in progress. Messages that remain are delivered again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!(await settledWithin(Promise.resolve(this.#running), STOP_TIMEOUT_MS)))
      this.#log.warn('Stopped during an invocation: its messages will be delivered again', {});
  }

  /** How many messages the queue holds: visible, in flight or delayed. */
  waiting(): Promise<number> {
    return this.#queue.size();
  }

  /** A mark of the current moment for {@link quietSince}. It is valid for this mapping only. */
  moment(): number {
    return this.#activity.next();
  }

  /** Whether no batch has ended since that moment. A batch in progress does not count: check {@link waiting} too. */
  quietSince(moment: number): boolean {
    return this.#activity.isQuietSince(moment);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { queueArn, maximumConcurrency } = this.#deps.settings;
    while (!signal.aborted) {
      const messages = await this.#gather();
      if (messages.length === 0) continue;
      const handling = this.#handle(messages.map((message) => toSqsRecord(message, queueArn)));
      this.#inProgress.add(handling);
      void handling.finally(() => this.#inProgress.delete(handling));
      if (this.#inProgress.size >= maximumConcurrency) await Promise.race(this.#inProgress);
    }
    await Promise.all(this.#inProgress);
  }

  /** One batch: the messages of one read, and those that arrive within the batching window. */
  async #gather(): Promise<readonly Message[]> {
    const { batchSize, maximumBatchingWindowInSeconds } = this.#deps.settings;
    const messages = [...(await this.#receive(batchSize))];
    const endMs = Date.now() + maximumBatchingWindowInSeconds * MS_PER_SECOND;
    const isOpen = (): boolean =>
      messages.length > 0 &&
      messages.length < batchSize &&
      Date.now() < endMs &&
      !this.#stopping.signal.aborted;
    while (isOpen()) messages.push(...(await this.#receive(batchSize - messages.length)));
    return messages;
  }

  async #receive(count: number): Promise<readonly Message[]> {
    const { signal } = this.#stopping;
    try {
      return await this.#queue.receive(count, signal);
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  async #handle(records: readonly SQSRecord[]): Promise<void> {
    for (const batch of withinPayload(records)) {
      const handled = await this.#deliver(batch);
      await this.#queue.delete(handled);
      this.#activity.noteBatchEnded();
    }
  }

  /** Invokes the function. @returns the records that succeeded. */
  async #deliver(batch: readonly SQSRecord[]): Promise<readonly SQSRecord[]> {
    const result = await this.#invoke(batch);
    if (result.outcome !== 'success') {
      const errorType = result.outcome === 'function-error' ? result.errorType : undefined;
      this.#log.warn('A batch failed: its messages will be delivered again', {
        outcome: result.outcome,
        errorType,
        messages: batch.length,
      });
      return [];
    }
    if (!this.#deps.settings.reportBatchItemFailures) return batch;
    const failures = reportedFailures(
      result.payload,
      batch.map(({ messageId }) => messageId),
    );
    if (failures === 'all') return [];
    return batch.filter(({ messageId }) => !failures.includes(messageId));
  }

  async #invoke(batch: readonly SQSRecord[]): Promise<InvocationResult> {
    try {
      return await this.#deps.invoke({ Records: [...batch] }, this.#stopping.signal);
    } catch (error) {
      this.#log.error('The function could not be invoked', { error });
      return { outcome: 'throttled' };
    }
  }
}
