import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { Activity, type MappingLog, withAttributes } from '../event-source-mapping/activity.ts';
import type { InvocationResult } from '../event-source-mapping/batch-delivery.ts';
import { reportedFailures } from '../event-source-mapping/batch-response.ts';
import { MappingStartedError } from '../event-source-mapping/event-source-mapping.ts';
import { settledWithin } from '../settled-within.ts';
import { checkQueueMappingSettings, type QueueMappingSettings } from './settings.ts';
import { SourceQueue } from './source-queue.ts';
import { toSqsRecord, withinPayload } from './sqs-record.ts';

/** As short as a long poll can be, since {@link QueueMapping.stop} waits for it. */
const WAIT_TIME_SECONDS = 1;
const STOP_TIMEOUT_MS = 10_000;
const MS_PER_SECOND = 1_000;

/** What a mapping takes from outside. */
export interface QueueMappingDependencies {
  readonly settings: QueueMappingSettings;
  readonly sqs: SQSClient;
  /** Runs the function once. A rejection counts as a failure: the messages stay. */
  readonly invoke: (event: SQSEvent) => Promise<InvocationResult>;
  readonly log: MappingLog;
}

/**
 * Lambda's event-source mapping on a queue, for one machine: reads messages, invokes the function, and deletes what it
 * has handled. What failed stays until its visibility time-out is over, and then comes again or goes where the queue's
 * redrive policy says. A throttled function leaves all too, where Lambda would try again within the visibility time-out.
 *
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
 */
export class QueueMapping {
  readonly #deps: QueueMappingDependencies;
  readonly #queue: SourceQueue;
  readonly #log: MappingLog;
  readonly #activity = new Activity();
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
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

  /** Begins to read. @throws MappingStartedError the second time. */
  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted)
      throw new MappingStartedError('The mapping was started before');
    this.#running = this.#run();
  }

  /** Reads no further, and waits for what was read to be handled, at most 10 s: what then is left comes again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!(await settledWithin(Promise.resolve(this.#running), STOP_TIMEOUT_MS)))
      this.#log.warn('Stopped with an invocation under way: its messages will come again', {});
  }

  /** How many messages the queue holds that were not handled: visible, in flight or delayed. */
  waiting(): Promise<number> {
    return this.#queue.size();
  }

  /** Which moment it is, to ask later what has happened since. Means nothing to another mapping. */
  moment(): number {
    return this.#activity.next();
  }

  /** Whether no batch has ended since that moment. One that is under way is not seen: ask {@link waiting} too. */
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
      this.#underWay.add(handling);
      void handling.finally(() => this.#underWay.delete(handling));
      if (this.#underWay.size >= maximumConcurrency) await Promise.race(this.#underWay);
    }
    await Promise.all(this.#underWay);
  }

  /** One batch: what a read brings, and where there is a batching window what comes in it. */
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

  /** Invokes the function; gives the records that it has handled. */
  async #deliver(batch: readonly SQSRecord[]): Promise<readonly SQSRecord[]> {
    const result = await this.#invoke(batch);
    if (result.outcome !== 'success') {
      const errorType = result.outcome === 'function-error' ? result.errorType : undefined;
      this.#log.warn('A batch failed: its messages come again', {
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
      return await this.#deps.invoke({ Records: [...batch] });
    } catch (error) {
      this.#log.error('The function could not be invoked', { error });
      return { outcome: 'throttled' };
    }
  }
}
