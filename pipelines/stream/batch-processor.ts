import { BasePartialBatchProcessor, EventType } from '@aws-lambda-powertools/batch';
import type {
  EventSourceDataClassTypes,
  FailureResponse,
  PartialItemFailures,
  SuccessResponse,
} from '@aws-lambda-powertools/batch/types';
import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { read } from '../../contracts/reading.ts';
import { Deadline } from '../aws/deadline.ts';
import { type Clock, instantOf } from '../clock.ts';
import { loggableReason, TransientError } from '../errors.ts';
import type { FailedRecord, FailureLog } from '../operations/failures.ts';
import { pseudonymOf } from '../users/pseudonym.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { type DeliveredRecord, delivered, eventIdOf } from './delivered-record.ts';
import { handleInKeyOrder, type Outcome } from './key-ordered-batch.ts';
import { type RecordIdentity, recordIdentity, recordTime } from './lambda-record.ts';
import { countRecords, type RecordMetrics } from './record-metrics.ts';
import type { StreamConsumer } from './stream-consumer.ts';

/** What may be logged of a record. */
export interface LoggableRecord extends RecordIdentity {
  /** The event id: all effects of a record carry it. */
  readonly correlationId: string;
  /** Absent where it has no shape that this table knows: such a key may hold any text, also a name or an address. */
  readonly key?: ItemKey;
}

const Keyed = z.object({
  dynamodb: z.object({
    Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
  }),
});

/** What may be logged of a record: ids, and never the contents of its item. */
export function loggableRecord(raw: unknown): LoggableRecord {
  const identity = recordIdentity(raw);
  const key = loggableKey(keyOf(raw));
  return { ...identity, correlationId: identity.eventId, ...(key === undefined ? {} : { key }) };
}

/** An order by its id, and a user by a pseudonym. */
function loggableKey(key: ItemKey | undefined): ItemKey | undefined {
  const named = key && parseKey(key);
  if (key === undefined || named === undefined || !('userId' in named)) return key;
  const { pk, sk } = key;
  const masked = (text: string): string => text.slice(0, -named.userId.length) + pseudonymOf(named.userId);
  return { pk: masked(pk), sk: named.entityType === 'User' ? masked(sk) : sk };
}

function keyOf(raw: unknown): ItemKey | undefined {
  const keyed = read(Keyed, raw);
  if (!keyed.success) return undefined;
  const { pk, sk } = keyed.data.dynamodb.Keys;
  const key = { pk: pk.S, sk: sk.S };
  return parseKey(key) === undefined ? undefined : key;
}

/** The dependencies of a {@link StreamBatchProcessor}. */
export interface StreamBatchProcessorDeps {
  readonly consumer: StreamConsumer;
  /** Resolves once the dead-letter queue has the record. */
  readonly deadLetters: { accept(...args: Parameters<DeadLetterQueue['accept']>): Promise<unknown> };
  readonly failures: Pick<FailureLog, 'write'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: RecordMetrics;
  readonly clock: Clock;
  /** The end of an invocation's time that is reserved for dead letters and the report, in milliseconds. */
  readonly reserveMs: number;
}

type PoisonOutcome = Extract<Outcome, { status: 'poison' }>;

/** Makes Lambda treat the complete batch as failed; for a failed record that has no sequence number to report. */
const COMPLETE_BATCH = '';
const FIRST_ATTEMPT = 1;
/** The most messages of one request to the queue. */
const DEAD_LETTERS_AT_ONCE = 10;
/** The share of the reserve that remains for the report. */
const REPORT_SHARE = 0.1;
/** The longest wait that a Node timer can hold. */
const TIMER_MS_MAX = 2_147_483_647;
const DELIVERED_AGAIN: Outcome = {
  status: 'failed',
  error: new TransientError('An earlier record failed, so Lambda delivers this poison record again with it'),
};

/**
 * Powertools' partial batch response with what a stream needs and its own processor lacks. Records of one item stay in
 * order. A permanent failure is dead-lettered and does not block. A record without a sequence number fails the batch
 * and is not skipped.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html.
 */
export class StreamBatchProcessor extends BasePartialBatchProcessor {
  readonly #deps: StreamBatchProcessorDeps;

  constructor(deps: StreamBatchProcessorDeps) {
    super(EventType.DynamoDBStreams);
    this.#deps = deps;
  }

  /** Handles all registered records; {@link response} then names those that Lambda is to deliver again. */
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    this.prepare();
    using deadline = new Deadline(this.#timeMs(this.#deps.reserveMs));
    // Lambda passes records of its own type, but only the decoder may rely on their contents.
    const records = this.records as EventSourceDataClassTypes[];
    const batch = records.map(delivered);
    const outcomes = await handleInKeyOrder(batch, this.#deps.consumer, deadline);
    using deadLetterDeadline = new Deadline(this.#timeMs(this.#deps.reserveMs * REPORT_SHARE));
    const finalOutcomes = await this.#deadLetterPoison(records, outcomes, deadLetterDeadline);
    const responses = records.map((record, index) =>
      this.#respond(record, finalOutcomes[index] ?? DELIVERED_AGAIN),
    );
    await this.#logFailures(batch, finalOutcomes);
    this.#report(batch, finalOutcomes);
    this.clean();
    return responses;
  }

  override async processRecord(): Promise<SuccessResponse | FailureResponse> {
    throw new TypeError('Records are processed by the batch: call process()');
  }

  override processRecordSync(): SuccessResponse | FailureResponse {
    throw new TypeError('Records are processed asynchronously: call process()');
  }

  override collectDynamoDBFailures(): PartialItemFailures[] {
    return this.failureMessages.map((record) => ({
      itemIdentifier: recordIdentity(record).sequenceNumber || COMPLETE_BATCH,
    }));
  }

  #timeMs(reservedMs: number): number {
    const remainingMs = this.options?.context?.getRemainingTimeInMillis() ?? Number.MAX_SAFE_INTEGER;
    return Math.min(remainingMs - reservedMs, TIMER_MS_MAX);
  }

  /**
   * Dead-letters the poison records that Lambda will not deliver again, which are those before the first failure. Lambda
   * delivers one after it again in any case; a dead letter now would be repeated with every retry of an outage. For the
   * same reason they are sent in their order, the first one alone, and none after one that the queue refused. That one
   * is the first of the next delivery, so that the dead letters after it are on the queue at most twice.
   */
  async #deadLetterPoison(
    records: readonly unknown[],
    outcomes: readonly Outcome[],
    deadline: Deadline,
  ): Promise<readonly Outcome[]> {
    const finalOutcomes = [...outcomes];
    const poison: { readonly index: number; readonly outcome: PoisonOutcome }[] = [];
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'poison') poison.push({ index, outcome });
    });
    for (let next = 0, atOnce = 1; next < poison.length; next += atOnce, atOnce = DEAD_LETTERS_AT_ONCE) {
      const some = poison.slice(next, next + atOnce);
      const horizon = finalOutcomes.findIndex(({ status }) => status === 'failed');
      await Promise.all(
        some.map(async ({ index, outcome }) => {
          const isDeliveredAgain = horizon !== -1 && index > horizon;
          finalOutcomes[index] = isDeliveredAgain
            ? DELIVERED_AGAIN
            : await this.#sendDeadLetter(records[index], outcome, deadline);
        }),
      );
    }
    return finalOutcomes;
  }

  async #sendDeadLetter(record: unknown, outcome: PoisonOutcome, deadline: Deadline): Promise<Outcome> {
    const poison = {
      record,
      error: outcome.error,
      firstSeenAt: instantOf(this.#deps.clock.now()),
      attempts: FIRST_ATTEMPT,
      by: this.#deps.consumer.name,
    };
    try {
      await deadline.within((signal) => this.#deps.deadLetters.accept(poison, signal));
      return outcome;
    } catch (error) {
      return { status: 'failed', error };
    }
  }

  #respond(record: EventSourceDataClassTypes, outcome: Outcome): SuccessResponse | FailureResponse {
    const { name } = this.#deps.consumer;
    if (outcome.status === 'handled') return this.successHandler(record, undefined);
    const details = { consumer: name, ...loggableRecord(record), reason: loggableReason(outcome.error) };
    if (outcome.status === 'poison') {
      this.#deps.logger.error('Record dead-lettered', { ...details, issues: outcome.error.issues });
      return this.successHandler(record, undefined);
    }
    this.#deps.logger.warn('Record failed and will be delivered again', details);
    return this.failureHandler(
      record,
      outcome.error instanceof Error
        ? outcome.error
        : new TransientError('Something other than an Error was thrown'),
    );
  }

  /** Within half of what remains for the report: it must not cost the batch its response. */
  async #logFailures(records: readonly DeliveredRecord[], outcomes: readonly Outcome[]): Promise<void> {
    using deadline = new Deadline(this.#timeMs((this.#deps.reserveMs * REPORT_SHARE) / 2));
    const handled = records.filter((_, index) => outcomes[index]?.status !== 'failed').map(eventIdOf);
    const [oldest] = records;
    await this.#deps.failures.write(
      {
        first: firstFailed(records, outcomes),
        handled,
        oldest: oldest && { eventId: eventIdOf(oldest), recordAt: recordTime(oldest.record) },
      },
      deadline.signal,
    );
  }

  #report(records: readonly DeliveredRecord[], outcomes: readonly Outcome[]): void {
    const { consumer, logger, metrics } = this.#deps;
    const counts = countRecords(consumer.name, records, outcomes);
    const sum = (what: 'handled' | 'retried' | 'deadLettered'): number =>
      counts.reduce((total, one) => total + one[what], 0);
    logger.info('Batch processed', {
      consumer: consumer.name,
      correlationId: this.options?.context?.awsRequestId,
      records: records.length,
      handled: sum('handled'),
      retried: sum('retried'),
      deadLettered: sum('deadLettered'),
      firstSequenceNumber: recordIdentity(records[0]?.record).sequenceNumber,
      lastSequenceNumber: recordIdentity(records.at(-1)?.record).sequenceNumber,
    });
    metrics.publish(counts);
  }
}

/** Later ones may only wait for it. */
function firstFailed(
  records: readonly DeliveredRecord[],
  outcomes: readonly Outcome[],
): FailedRecord | undefined {
  const index = outcomes.findIndex(({ status }) => status === 'failed');
  const [first, outcome] = [records[index], outcomes[index]];
  if (first === undefined || outcome?.status !== 'failed') return undefined;
  return {
    eventId: eventIdOf(first),
    key: keyOf(first.record),
    recordAt: recordTime(first.record),
    error: outcome.error,
    records: outcomes.filter(({ status }) => status === 'failed').length,
  };
}
