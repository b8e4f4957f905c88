import type { Logger } from '@aws-lambda-powertools/logger';
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { FailureItem, failureKey } from '../../contracts/operations/operations-items.ts';
import { ISSUES_MAX } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { failureReason, loggableReason } from '../errors.ts';

/** The operations table, and the time. */
export interface FailuresDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** The first record of a batch that failed and will be delivered again: its shard, or its lane of one, waits for it. */
export interface FailedRecord {
  readonly eventId: string;
  readonly key?: ItemKey | undefined;
  /** When it was written to the table. */
  readonly recordAt?: Date | undefined;
  readonly error: unknown;
  /** How many records of the batch failed. */
  readonly records: number;
}

/** The result of a batch, as far as its failures go. */
export interface BatchFailures {
  readonly first: FailedRecord | undefined;
  /** The event ids of the records that need no further delivery. */
  readonly handled: readonly string[];
  /** The record that the batch begins with, and when it was written to the table. */
  readonly oldest?: Pick<FailedRecord, 'eventId' | 'recordAt'> | undefined;
}

/** A failure that its consumer has not reported for so long is over, or the consumer no longer runs. */
export const FAILURE_AGE_MS_MAX = 180_000;
const TTL_SECONDS = 86_400;
/** A failure is kept for so long after its last attempt. */
export const FAILURE_KEPT_MS = TTL_SECONDS * MS_PER_SECOND;
/** The longest that a write may take; the client retries within it. */
const WRITE_MS_MAX = 1_500;
/** One transaction holds the failure and the ends of so many others. */
const ENDED_MAX = 50;
/** A batch that is handled so long after the write of its first record may have failed before. Most are faster, unless they wait for a longer batching window. */
const LATE_MS = 3_000;

/** Writes what a consumer fails at, while it fails: one item for the first failed record of a batch. */
export class FailureLog {
  readonly #deps: FailuresDeps & {
    readonly consumer: ConsumerName;
    readonly logger: Pick<Logger, 'warn'>;
  };
  /** The event ids whose failures this process wrote, perhaps, and has not deleted; and what became of their records. */
  readonly #open = new Map<string, 'failed' | 'handled'>();
  /** When this process failed last. While one fails now and then, others may too. */
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    deps: FailuresDeps & { readonly consumer: ConsumerName; readonly logger: Pick<Logger, 'warn'> },
  ) {
    this.#deps = deps;
  }

  /**
   * Writes the first failure of a batch, and deletes those that this process wrote and whose records are handled, in one request; none
   * while nothing fails. `since` stays from the first attempt; each attempt counts. A deletion that fails is repeated with the next batch.
   *
   * Lambda delivers the failed record again to any process, as the first of a batch. A process that handles the first record of a batch
   * therefore also deletes the failure that another process wrote of it. It looks for one where the batch is late, or where it failed itself in
   * the last three minutes. What it misses ends by its age.
   *
   * Never throws: what fails is logged. It takes at most 1.5 s, or less where `signal` aborts.
   */
  async write({ first, handled, oldest }: BatchFailures, signal: AbortSignal): Promise<void> {
    for (const eventId of handled) if (this.#open.has(eventId)) this.#open.set(eventId, 'handled');
    const failed = first === undefined || first.eventId === '' ? undefined : first;
    if (signal.aborted) return;
    const within = AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS_MAX)]);
    const nowMs = this.#deps.clock.now().getTime();
    // A write without a response may be done.
    if (failed !== undefined) {
      this.#open.set(failed.eventId, 'failed');
      this.#failedAtMs = nowMs;
    }
    await this.#writeOpen(failed, within);
    if (oldest === undefined || !handled.includes(oldest.eventId)) return;
    const isLate = oldest.recordAt !== undefined && nowMs - oldest.recordAt.getTime() >= LATE_MS;
    if (!isLate && nowMs - this.#failedAtMs > FAILURE_AGE_MS_MAX) return;
    if (!(await this.#isWritten(oldest.eventId, within))) return;
    this.#open.set(oldest.eventId, 'handled');
    await this.#writeOpen(undefined, within);
  }

  /** Writes a failure, and deletes those whose records are handled; no request where there is neither. */
  async #writeOpen(failed: FailedRecord | undefined, abortSignal: AbortSignal): Promise<void> {
    const ended = [...this.#open]
      .flatMap(([eventId, became]) => (became === 'handled' ? [eventId] : []))
      .slice(0, ENDED_MAX);
    if (failed === undefined && ended.length === 0) return;
    const TransactItems = [
      ...(failed === undefined ? [] : [this.#failure(failed)]),
      ...ended.map((eventId) => this.#end(eventId)),
    ];
    try {
      await this.#deps.dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }), { abortSignal });
      for (const eventId of ended) this.#open.delete(eventId);
    } catch (error) {
      this.#deps.logger.warn('The failure of a batch was not written', { reason: loggableReason(error) });
    }
  }

  /** Whether any process wrote a failure at this record that has not ended. */
  async #isWritten(eventId: string, abortSignal: AbortSignal): Promise<boolean> {
    const { operationsTableName: TableName, consumer, logger } = this.#deps;
    const { pk, sk } = failureKey(consumer, eventId);
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND sk = :sk',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': sk }),
      ConsistentRead: true,
      Select: 'COUNT',
    });
    try {
      const { Count = 0 } = await this.#deps.dynamoDb.send(query, { abortSignal });
      return Count > 0;
    } catch (error) {
      logger.warn('The failure of a record was not read', { reason: loggableReason(error) });
      return false;
    }
  }

  #failure({ eventId, key, recordAt, error, records }: FailedRecord): TransactWriteItem {
    const { operationsTableName: TableName, consumer, clock } = this.#deps;
    const now = clock.now();
    const { code, message, issues } = failureReason(error);
    const set = {
      entityType: 'Failure',
      consumer,
      eventId,
      reason: { code, message, issues: issues.slice(0, ISSUES_MAX) },
      lastAt: instantOf(now),
      records,
      ...(recordAt && { recordAt: instantOf(recordAt) }),
      ...(key && { key }),
      ttl: Math.ceil(now.getTime() / MS_PER_SECOND) + TTL_SECONDS,
    };
    const names = Object.keys(set);
    return {
      Update: {
        TableName,
        Key: marshall(failureKey(consumer, eventId)),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}, since = if_not_exists(since, :lastAt) ADD attempt :one`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: marshall({
          ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
          ':one': 1,
        }),
      },
    };
  }

  #end(eventId: string): TransactWriteItem {
    const { operationsTableName: TableName, consumer } = this.#deps;
    return { Delete: { TableName, Key: marshall(failureKey(consumer, eventId)) } };
  }
}

/**
 * What a consumer fails at now, the longest first: one failure for each shard or lane that waits. Those that were not reported for
 * `ageMsMax`, by default {@link FAILURE_AGE_MS_MAX}, are left out.
 *
 * @throws the SDK's own errors.
 */
export async function readFailures(
  deps: FailuresDeps,
  consumer: ConsumerName,
  ageMsMax = FAILURE_AGE_MS_MAX,
): Promise<readonly FailureItem[]> {
  const failures: FailureItem[] = [];
  for await (const image of queryItems(deps.dynamoDb, liveFailures(deps, consumer, ageMsMax)))
    failures.push(parseItem(FailureItem, unmarshal(image)));
  return failures.sort((one, other) => (one.since < other.since ? -1 : 1));
}

function liveFailures(
  { operationsTableName, clock }: FailuresDeps,
  consumer: ConsumerName,
  ageMsMax: number,
): QueryCommandInput {
  const liveFrom = instantOf(new Date(clock.now().getTime() - ageMsMax));
  return {
    TableName: operationsTableName,
    KeyConditionExpression: 'pk = :consumer',
    FilterExpression: 'lastAt >= :liveFrom',
    ExpressionAttributeValues: marshall({ ':consumer': failureKey(consumer, '').pk, ':liveFrom': liveFrom }),
    ConsistentRead: true,
  };
}
