import { type DynamoDBClient, QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { DeadLetterAttempt, DeadLetterId } from '../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Instant } from '../../contracts/ids.ts';
import {
  DEAD_LETTER_TTL_SECONDS,
  DeadLetterItem,
  deadLetterItemKey,
  KEPT_ATTEMPTS_MAX,
  OPEN_PARTITIONS,
  openPartition,
} from '../../contracts/operations/operations-items.ts';
import { partitionOf } from '../../contracts/partitions.ts';
import { parse } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, putNew } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { batchGet, parseItem, readItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { readMergedPage } from '../paging/read-merged-page.ts';
import type { Page } from '../paging/read-page.ts';
import {
  boundedEntry,
  causeIdOf,
  type DeadLetterEntry,
  itemPartition,
  type OpenState,
} from './dead-letter-entry.ts';

/** The dependencies of a {@link DeadLetterStore}. */
export interface DeadLetterStoreDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** What happened to a dead letter, and who did it. */
export type Attempt = Pick<DeadLetterAttempt, 'by' | 'outcome' | 'code'>;

/** What ends a dead letter. */
export type Ending = Extract<DeadLetterAttempt['outcome'], 'replayed' | 'item-deleted' | 'purged'>;

/** Where a list of open dead letters continues. */
export const OpenPosition = z.object({
  pk: z.string(),
  sk: z.string(),
  openPk: z.string(),
  openSk: z.string(),
});
export type OpenPosition = z.infer<typeof OpenPosition>;

/** Which open dead letters a page holds: those that failed at `since` or later, and before `until`. */
export interface OpenQuery {
  readonly consumers: readonly ConsumerName[];
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  /** Leaves out others; all match without it. */
  readonly matches?: (item: DeadLetterItem) => boolean;
  readonly limit: number;
  readonly startAfter?: OpenPosition | undefined;
}

const OF_ITEM_MAX = 50;
/** Before and after each instant, as texts. */
const BEFORE_ALL = '0';
const AFTER_ALL = '~';

/**
 * What is known of dead letters, beside the queues, which stay the source of truth: an item for each, with an id that stays the same
 * through every replay.
 *
 * The order of the writes keeps two rules at every moment: an open item (`waiting`, `parked`) has a message on a queue, and a message
 * on a queue has an item. So a dead letter is sent between {@link begin} and {@link queued}, and its message is deleted after
 * {@link end}. What a crash between two steps leaves, the next delivery repeats, or {@link register} of the next pass over the queue
 * corrects.
 *
 * A write changes only the revision that it has read; repeats and races do no harm.
 */
export class DeadLetterStore {
  readonly #deps: DeadLetterStoreDeps;

  constructor(deps: DeadLetterStoreDeps) {
    this.#deps = deps;
  }

  /**
   * Before a message is sent: writes the item with what the entry says, and adds the attempt to its history. An open item stays open,
   * since its earlier message is still on a queue; any other is `unqueued`.
   *
   * @returns what {@link queued} takes.
   * @throws OptimisticLockError when other writers changed it each time; the SDK's own errors.
   */
  begin(entry: DeadLetterEntry, attempt: Attempt): Promise<DeadLetterItem> {
    const at = this.#now();
    let known: DeadLetterItem | undefined;
    return retryOnConflict(async () => {
      const begun = this.#begun(boundedEntry(entry), { at, ...attempt }, known);
      const lost = await this.#put(begun, known);
      if (lost === undefined) return begun;
      known = lost.found;
      throw new OptimisticLockError('Another writer changed the dead letter meanwhile');
    });
  }

  /**
   * After a queue has accepted the message: the item is open. Where another writer changed it since {@link begin}, that one has seen
   * the message or sends one of its own, and it stays as that writer left it.
   *
   * @throws the SDK's own errors.
   */
  async queued(begun: DeadLetterItem, state: OpenState): Promise<void> {
    if (begun.state === state) return;
    await this.#putUnlessChanged(opened(nextRevision(begun), state), begun);
  }

  /**
   * Before the message is deleted: the item is no longer open. One that is unknown or has ended stays as it is.
   *
   * @param by Who did it.
   * @throws OptimisticLockError when other writers changed it each time; the SDK's own errors.
   */
  async end(id: DeadLetterId, outcome: Ending, by: string): Promise<void> {
    const at = this.#now();
    await retryOnConflict(async () => {
      const known = await this.get(id);
      if (known === undefined || known.state === 'replayed' || known.state === 'purged') return;
      const { openPk: _pk, openSk: _sk, ...closed } = known;
      const ended = {
        ...closed,
        state: outcome === 'purged' ? ('purged' as const) : ('replayed' as const),
        history: appended(known.history, { at, by, outcome }),
        revision: known.revision + 1,
      };
      if ((await this.#put(ended, known)) !== undefined)
        throw new OptimisticLockError('Another writer changed the dead letter meanwhile');
    });
  }

  /**
   * Corrects the items of messages that a pass has just received from a queue, and hides meanwhile: each that is missing, not open, or open
   * on another queue, is open on this one. Where another writer is at one at the same moment, it stays as that writer leaves it.
   *
   * @param entries At most 100.
   * @throws the SDK's own errors.
   */
  async register(entries: readonly DeadLetterEntry[], state: OpenState): Promise<void> {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const items = await batchGet(
      this.#deps.dynamoDb,
      this.#deps.operationsTableName,
      [...byId.keys()].map(deadLetterItemKey),
    );
    const known = new Map(
      items.map((item) => parseItem(DeadLetterItem, item)).map((item) => [item.id, item] as const),
    );
    await Promise.all(
      [...byId.values()].map(async (entry) => {
        const found = known.get(entry.id);
        if (found?.state === state) return;
        const seen = found === undefined ? this.#seen(boundedEntry(entry)) : nextRevision(found);
        await this.#putUnlessChanged(opened(seen, state), found);
      }),
    );
  }

  /** What is known of a dead letter. @throws the SDK's own errors. */
  get(id: DeadLetterId): Promise<DeadLetterItem | undefined> {
    const { dynamoDb, operationsTableName: tableName } = this.#deps;
    return readItem(dynamoDb, { tableName, key: deadLetterItemKey(id), schema: DeadLetterItem });
  }

  /**
   * A page of the open dead letters of some consumers, the latest first. Eventually consistent, as the index is. A page may be short,
   * or even empty, and still have a `next`.
   *
   * @throws the SDK's own errors.
   */
  openPage({
    consumers,
    since,
    until,
    matches = () => true,
    limit,
    startAfter,
  }: OpenQuery): Promise<Page<DeadLetterItem & OpenPosition, OpenPosition>> {
    const from: string = since ?? BEFORE_ALL;
    const end: string = until ?? AFTER_ALL;
    const numbers = Array.from({ length: OPEN_PARTITIONS }, (_, n) => n);
    return readMergedPage<DeadLetterItem & OpenPosition, OpenPosition>({
      partitions: consumers.flatMap((consumer) => numbers.map((n) => openPartition(consumer, n))),
      limit,
      startKey: startAfter,
      keyOf: ({ pk, sk, openPk, openSk }) => ({ pk, sk, openPk, openSk }),
      compare: (one, other) => (one.openSk < other.openSk ? 1 : -1),
      readSome: async (partition, startKey, wanted) => {
        // After a place in another partition comes what sorts before it.
        const isOwn = startKey?.openPk === partition;
        const to = startKey === undefined || isOwn ? end : startKey.openSk;
        if (to < from) return { items: [], lastKey: undefined };
        const { Items = [], LastEvaluatedKey } = await this.#deps.dynamoDb.send(
          new QueryCommand({
            TableName: this.#deps.operationsTableName,
            IndexName: 'open',
            KeyConditionExpression: 'openPk = :partition AND openSk BETWEEN :from AND :to',
            ExpressionAttributeValues: marshall({ ':partition': partition, ':from': from, ':to': to }),
            ScanIndexForward: false,
            Limit: wanted,
            ExclusiveStartKey: isOwn ? marshall(startKey) : undefined,
          }),
        );
        const items = Items.map((item) => parseItem(OpenItem, unmarshal(item)));
        return {
          items: items.filter((item) => !this.#isExpired(item) && matches(item)),
          lastKey: LastEvaluatedKey && parse(OpenPosition, unmarshal(LastEvaluatedKey)),
        };
      },
    });
  }

  /** The latest dead letters of an item of the table, open and ended ones, at most 50. Eventually consistent. @throws the SDK's own errors. */
  async ofItem(key: ItemKey): Promise<readonly DeadLetterItem[]> {
    const { Items = [] } = await this.#deps.dynamoDb.send(
      new QueryCommand({
        TableName: this.#deps.operationsTableName,
        IndexName: 'ofItem',
        KeyConditionExpression: 'itemPk = :item',
        ExpressionAttributeValues: marshall({ ':item': itemPartition(key) }),
        ScanIndexForward: false,
        Limit: OF_ITEM_MAX,
      }),
    );
    return Items.map((item) => parseItem(DeadLetterItem, unmarshal(item))).filter(
      (item) => item.state !== 'unqueued' && !this.#isExpired(item),
    );
  }

  #now(): Instant {
    return instantOf(this.#deps.clock.now());
  }

  /** DynamoDB deletes an expired item only within days. */
  #isExpired({ ttl }: DeadLetterItem): boolean {
    return ttl * MS_PER_SECOND <= this.#deps.clock.now().getTime();
  }

  /** The item after a begun attempt. */
  #begun(
    entry: DeadLetterEntry,
    attempt: DeadLetterAttempt,
    known: DeadLetterItem | undefined,
  ): DeadLetterItem {
    const fresh = this.#seen(entry);
    if (known === undefined) return { ...fresh, history: [attempt] };
    const begun = {
      ...fresh,
      state: known.state,
      attempts: Math.max(known.attempts, entry.attempts),
      // The same attempt again: its message was not sent.
      history: appended(known.state === 'unqueued' ? known.history.slice(0, -1) : known.history, attempt),
      firstSeenAt: known.firstSeenAt,
      batch: known.batch ?? entry.batch,
      revision: known.revision + 1,
    };
    if (known.state === 'waiting' || known.state === 'parked') return opened(begun, known.state);
    return { ...begun, state: 'unqueued' };
  }

  /** An item as a message shows it, of which nothing else is known. */
  #seen(entry: DeadLetterEntry): DeadLetterItem {
    const { id, consumer, reason, entity, key, failedAt } = entry;
    const now = Math.floor(this.#deps.clock.now().getTime() / MS_PER_SECOND);
    return {
      ...deadLetterItemKey(id),
      entityType: 'DeadLetter',
      ...entry,
      state: 'unqueued',
      reason: { ...reason, issues: [...reason.issues] },
      causeId: causeIdOf(reason.code, entity, reason.issues[0]),
      history: [{ at: failedAt, by: consumer, outcome: 'failed', code: reason.code }],
      revision: 1,
      ...(key === undefined ? {} : { itemPk: itemPartition(key), itemSk: `${failedAt}#${id}` }),
      ttl: now + DEAD_LETTER_TTL_SECONDS,
    };
  }

  /** Writes an item in place of the one that was read. @returns the item that it found instead, where it did not write. */
  async #put(
    item: DeadLetterItem,
    read: DeadLetterItem | undefined,
  ): Promise<{ readonly found: DeadLetterItem | undefined } | undefined> {
    const { dynamoDb, operationsTableName } = this.#deps;
    try {
      await commit(dynamoDb, [
        read === undefined
          ? putNew(operationsTableName, item)
          : putRevision(operationsTableName, item, read.revision),
      ]);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      const found = error.itemFoundBy(0);
      return { found: found === undefined ? undefined : parseItem(DeadLetterItem, found) };
    }
  }

  /** Writes an item unless another writer did. */
  async #putUnlessChanged(item: DeadLetterItem, read: DeadLetterItem | undefined): Promise<void> {
    await retryOnConflict(() => this.#put(item, read));
  }
}

const OpenItem = DeadLetterItem.extend({ openPk: z.string(), openSk: z.string() });

const nextRevision = (item: DeadLetterItem): DeadLetterItem => ({ ...item, revision: item.revision + 1 });

/** The item as one that is on a queue. */
const opened = (item: DeadLetterItem, state: OpenState): DeadLetterItem => ({
  ...item,
  state,
  openPk: openPartition(item.consumer, partitionOf(item.id, OPEN_PARTITIONS)),
  openSk: `${item.failedAt}#${item.id}`,
});

/** A list of attempts with one more: the first one and the last ones are kept. */
function appended(history: readonly DeadLetterAttempt[], attempt: DeadLetterAttempt): DeadLetterAttempt[] {
  const all = [...history, attempt];
  return all.length <= KEPT_ATTEMPTS_MAX ? all : [...all.slice(0, 1), ...all.slice(-(KEPT_ATTEMPTS_MAX - 1))];
}

const putRevision = (tableName: string, item: DeadLetterItem, revision: number): TransactWriteItem => ({
  Put: {
    TableName: tableName,
    Item: marshall(item, { removeUndefinedValues: true }),
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: marshall({ ':revision': revision }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});
