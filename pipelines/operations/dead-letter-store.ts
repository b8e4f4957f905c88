import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { DeadLetterAttempt, DeadLetterId } from '../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Instant } from '../../contracts/ids.ts';
import {
  DeadLetterItem,
  deadLetterItemKey,
  endedPartition,
  OPEN_PARTITIONS,
  openPartition,
} from '../../contracts/operations/operations-items.ts';
import { parse, read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { batchGet, parseItem, readItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { readMergedPage } from '../paging/read-merged-page.ts';
import type { Page } from '../paging/read-page.ts';
import { boundedEntry, type DeadLetterEntry, itemPartition, type OpenState } from './dead-letter-entry.ts';
import {
  DeadLetterWrites,
  ended,
  nextRevision,
  opened,
  parsedItem,
  revisionAfter,
  StoredItem,
  ttlOf,
} from './dead-letter-writes.ts';

/** What ends a dead letter. */
export type Ending = Extract<DeadLetterAttempt['outcome'], 'replayed' | 'fixed' | 'item-deleted' | 'purged'>;

/** Where a list of dead letters continues. */
export const IndexPosition = z.object({
  pk: z.string(),
  sk: z.string(),
  openPk: z.string(),
  openSk: z.string(),
});
export type IndexPosition = z.infer<typeof IndexPosition>;

/** Which dead letters a page holds: those that failed, or ended, at `since` or later, and before `until`. */
export interface IndexQuery {
  readonly consumers: readonly ConsumerName[];
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  /** Leaves out others; all match without it. */
  readonly matches?: (item: DeadLetterItem) => boolean;
  readonly limit: number;
  readonly startAfter?: IndexPosition | undefined;
}

/** Dead letters as the index has them. */
type IndexPage = Page<DeadLetterItem & IndexPosition, IndexPosition>;

/** Longer than it takes to delete a message after its item was ended, in milliseconds. */
export const SETTLED_MS = 10 * 60 * 1_000;
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
export class DeadLetterStore extends DeadLetterWrites {
  /**
   * Before the message is deleted: the item is no longer open, and is among those that have ended. One that is unknown or has ended stays as it is.
   *
   * @param by Who did it.
   * @throws OptimisticLockError when other writers changed it each time; the SDK's own errors.
   */
  async end(id: DeadLetterId, outcome: Ending, by: string): Promise<void> {
    const at = this.now();
    await this.change(id, (known) => ended(known, { at, by, outcome }));
  }

  /**
   * Before the message of an open item is sent again without another attempt: the item expires as that message does. One that another sender
   * is about to put on a queue stays as it is.
   *
   * @returns whether it has not ended.
   * @throws as {@link end} does.
   */
  async renew(id: DeadLetterId): Promise<boolean> {
    const ttl = ttlOf(this.deps.clock.now());
    const known = await this.change(id, (found) =>
      found.state === 'unqueued' ? undefined : { ...found, ttl },
    );
    return known === undefined || !hasEnded(known);
  }

  /** Changes an item, unless it is unknown or has ended, or there is nothing to change. @returns what it was. */
  private change(
    id: DeadLetterId,
    changed: (known: DeadLetterItem) => DeadLetterItem | undefined,
  ): Promise<DeadLetterItem | undefined> {
    return retryOnConflict(async () => {
      const known = await this.get(id);
      if (known === undefined || hasEnded(known)) return known;
      const next = changed(nextRevision(known));
      if (next !== undefined && (await this.put(next, known)) !== undefined)
        throw new OptimisticLockError('Another writer changed the dead letter meanwhile');
      return known;
    });
  }

  /**
   * Corrects the items of messages that a pass has just received from a queue: each that is missing, cannot be parsed, is not open, or is
   * open on another queue, is open on this one. Only if nothing happened to it for {@link SETTLED_MS}: SQS may deliver a message twice, and the other receiver may
   * have ended it and be about to delete it. One that was registered without its object gets what the object says. Where another writer is at one at
   * the same moment, it stays as that writer leaves it.
   *
   * @param entries At most 100.
   * @throws the SDK's own errors.
   */
  async register(entries: readonly DeadLetterEntry[], state: OpenState): Promise<void> {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const items = await batchGet(
      this.deps.dynamoDb,
      this.deps.operationsTableName,
      [...byId.keys()].map(deadLetterItemKey),
    );
    const stored = new Map(items.map((item) => [item['pk'], parseItem(StoredItem, item)]));
    await Promise.all(
      [...byId.values()].map(async (entry) => {
        const before = stored.get(deadLetterItemKey(entry.id).pk);
        const found = before && parsedItem(before);
        if (found !== undefined && found.state !== state && !this.#isSettled(found)) return;
        const isCompleted = found !== undefined && isIncomplete(found, entry);
        if (found?.state === state && !isCompleted) return;
        // The message may have been on its queue for days.
        const sentAt = entry.sentAt && new Date(entry.sentAt);
        const seen = { ...this.seen(boundedEntry(entry), sentAt), revision: revisionAfter(before) };
        const corrected = found && (isCompleted ? completed(found, seen) : nextRevision(found));
        await this.putUnlessChanged(opened(corrected ?? seen, state), before);
      }),
    );
  }

  /** What is known of a dead letter: nothing where its item cannot be parsed, until a pass replaces it. @throws the SDK's own errors. */
  async get(id: DeadLetterId): Promise<DeadLetterItem | undefined> {
    const { dynamoDb, operationsTableName: tableName } = this.deps;
    return parsedItem(
      await readItem(dynamoDb, { tableName, key: deadLetterItemKey(id), schema: StoredItem }),
    );
  }

  /**
   * A page of the open dead letters of some consumers, the latest first. Eventually consistent, as the index is. A page may be short,
   * or even empty, and still have a `next`.
   *
   * @throws the SDK's own errors.
   */
  openPage(query: IndexQuery): Promise<IndexPage> {
    return this.#page(query, openPartition);
  }

  /** A page of those that have ended, the latest end first; see {@link openPage}. @throws the SDK's own errors. */
  endedPage(query: IndexQuery): Promise<IndexPage> {
    return this.#page(query, endedPartition);
  }

  #page(
    { consumers, since, until, matches = () => true, limit, startAfter }: IndexQuery,
    indexPartition: typeof openPartition,
  ): Promise<IndexPage> {
    const from: string = since ?? BEFORE_ALL;
    const end: string = until ?? AFTER_ALL;
    const numbers = Array.from({ length: OPEN_PARTITIONS }, (_, n) => n);
    return readMergedPage<DeadLetterItem & IndexPosition, IndexPosition>({
      partitions: consumers.flatMap((consumer) => numbers.map((n) => indexPartition(consumer, n))),
      limit,
      startKey: startAfter,
      keyOf: ({ pk, sk, openPk, openSk }) => ({ pk, sk, openPk, openSk }),
      compare: (one, other) => (one.openSk < other.openSk ? 1 : -1),
      readSome: async (partition, startKey, wanted) => {
        // After a place in another partition comes what sorts before it.
        const isOwn = startKey?.openPk === partition;
        const to = startKey === undefined || isOwn ? end : startKey.openSk;
        if (to < from) return { items: [], lastKey: undefined };
        const { Items = [], LastEvaluatedKey } = await this.deps.dynamoDb.send(
          new QueryCommand({
            TableName: this.deps.operationsTableName,
            IndexName: 'open',
            KeyConditionExpression: 'openPk = :partition AND openSk BETWEEN :from AND :to',
            ExpressionAttributeValues: marshall({ ':partition': partition, ':from': from, ':to': to }),
            ScanIndexForward: false,
            Limit: wanted,
            ExclusiveStartKey: isOwn ? marshall(startKey) : undefined,
          }),
        );
        const items = Items.flatMap((item) => read(IndexedItem, unmarshal(item)).data ?? []);
        return {
          items: items.filter((item) => !this.#isExpired(item) && matches(item)),
          lastKey: LastEvaluatedKey && parse(IndexPosition, unmarshal(LastEvaluatedKey)),
        };
      },
    });
  }

  /** The latest dead letters of an item of the table, open and ended ones, at most 50. Eventually consistent. @throws the SDK's own errors. */
  async ofItem(key: ItemKey): Promise<readonly DeadLetterItem[]> {
    const { Items = [] } = await this.deps.dynamoDb.send(
      new QueryCommand({
        TableName: this.deps.operationsTableName,
        IndexName: 'ofItem',
        KeyConditionExpression: 'itemPk = :item',
        ExpressionAttributeValues: marshall({ ':item': itemPartition(key) }),
        ScanIndexForward: false,
        Limit: OF_ITEM_MAX,
      }),
    );
    return Items.flatMap((item) => parsedItem(unmarshal(item)) ?? []).filter(
      (item) => item.state !== 'unqueued' && !this.#isExpired(item),
    );
  }

  #isSettled({ history }: DeadLetterItem): boolean {
    const lastAt = history.at(-1)?.at;
    return lastAt === undefined || Date.parse(lastAt) + SETTLED_MS <= this.deps.clock.now().getTime();
  }

  /** DynamoDB deletes an expired item only within days. */
  #isExpired({ ttl }: DeadLetterItem): boolean {
    return ttl * MS_PER_SECOND <= this.deps.clock.now().getTime();
  }
}

/** Whether a dead letter is on no queue any more. */
export const hasEnded = ({ state }: Pick<DeadLetterItem, 'state'>): boolean =>
  state === 'replayed' || state === 'purged';

/** Whether it was registered without its object, which could not be read, or was not, as by a purge. */
const isIncomplete = (found: DeadLetterItem, { records, key }: DeadLetterEntry): boolean =>
  (found.records === 0 && records > 0) || (found.key === undefined && key !== undefined);

/** What its object says, and what happened to it meanwhile. */
const completed = (found: DeadLetterItem, seen: DeadLetterItem): DeadLetterItem => ({
  ...seen,
  attempts: Math.max(found.attempts, seen.attempts),
  history: found.history,
  batch: found.batch,
});

const IndexedItem = DeadLetterItem.extend({ openPk: z.string(), openSk: z.string() });
