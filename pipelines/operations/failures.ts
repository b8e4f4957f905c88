import type { Logger } from '@aws-lambda-powertools/logger';
import {
  type DynamoDBClient,
  QueryCommand,
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
/** More failures than a consumer has at a time: one for each shard or lane that waits. */
const LISTED_MAX = 100;
/** Its sort key is its event id. */
const FailureSortKey = FailureItem.pick({ sk: true });

/** Writes what a consumer fails at, while it fails: one item for the first failed record of a batch. */
export class FailureLog {
  readonly #deps: FailuresDeps & {
    readonly consumer: ConsumerName;
    readonly logger: Pick<Logger, 'warn'>;
  };
  /** The event ids whose failures this process wrote, perhaps, and has not deleted; and what became of their records. */
  readonly #open = new Map<string, 'failed' | 'handled'>();
  /** When this process failed last: so long after it, other processes may have failed at the records that this one handles. */
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    deps: FailuresDeps & { readonly consumer: ConsumerName; readonly logger: Pick<Logger, 'warn'> },
  ) {
    this.#deps = deps;
  }

  /**
   * Writes the first failure of a batch, and deletes those whose records are handled: one request at most, and none while nothing
   * fails. `since` stays from the first attempt; each attempt counts. A deletion that fails is repeated with the next batch.
   *
   * Lambda delivers a record again to any process. One that failed itself in the last three minutes, as each does in an outage, asks
   * once more a batch for the failures that others wrote. Those of a single record that another process handles end by their age.
   *
   * Never throws: what fails is logged. It takes at most 1.5 s, or less where `signal` aborts.
   */
  async write({ first, handled }: BatchFailures, signal: AbortSignal): Promise<void> {
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
    for (const eventId of await this.#listed(handled, nowMs, within)) this.#open.set(eventId, 'handled');
    const ended = [...this.#open]
      .flatMap(([eventId, became]) => (became === 'handled' ? [eventId] : []))
      .slice(0, ENDED_MAX);
    if (failed === undefined && ended.length === 0) return;
    const TransactItems = [
      ...(failed === undefined ? [] : [this.#failure(failed)]),
      ...ended.map((eventId) => this.#end(eventId)),
    ];
    try {
      await this.#deps.dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }), {
        abortSignal: within,
      });
      for (const eventId of ended) this.#open.delete(eventId);
    } catch (error) {
      this.#deps.logger.warn('The failure of a batch was not written', { reason: loggableReason(error) });
    }
  }

  /** Which of these records the table has failures of, from any process; none where this process has not failed for a while. */
  async #listed(
    handled: readonly string[],
    nowMs: number,
    abortSignal: AbortSignal,
  ): Promise<readonly string[]> {
    if (handled.length === 0 || nowMs - this.#failedAtMs > FAILURE_AGE_MS_MAX) return [];
    const { dynamoDb, operationsTableName: TableName, consumer, logger } = this.#deps;
    const { pk } = failureKey(consumer, '');
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :consumer',
      ExpressionAttributeValues: marshall({ ':consumer': pk }),
      ProjectionExpression: 'sk',
      ConsistentRead: true,
      Limit: LISTED_MAX,
    });
    try {
      const { Items = [] } = await dynamoDb.send(query, { abortSignal });
      const listed = new Set(Items.map((image) => parseItem(FailureSortKey, unmarshal(image)).sk));
      return handled.filter((eventId) => listed.has(eventId));
    } catch (error) {
      logger.warn('The failures of a consumer were not read', { reason: loggableReason(error) });
      return [];
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
  { dynamoDb, operationsTableName, clock }: FailuresDeps,
  consumer: ConsumerName,
  ageMsMax = FAILURE_AGE_MS_MAX,
): Promise<readonly FailureItem[]> {
  const liveFrom = instantOf(new Date(clock.now().getTime() - ageMsMax));
  const failures: FailureItem[] = [];
  const query = {
    TableName: operationsTableName,
    KeyConditionExpression: 'pk = :consumer',
    FilterExpression: 'lastAt >= :liveFrom',
    ExpressionAttributeValues: marshall({ ':consumer': failureKey(consumer, '').pk, ':liveFrom': liveFrom }),
    ConsistentRead: true,
  };
  for await (const image of queryItems(dynamoDb, query))
    failures.push(parseItem(FailureItem, unmarshal(image)));
  return failures.sort((one, other) => (one.since < other.since ? -1 : 1));
}
