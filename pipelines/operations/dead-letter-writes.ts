import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { DeadLetterAttempt } from '../../contracts/api/dead-letters.ts';
import type { Instant } from '../../contracts/ids.ts';
import {
  DEAD_LETTER_TTL_SECONDS,
  DeadLetterItem,
  deadLetterItemKey,
  endedPartition,
  KEPT_ATTEMPTS_MAX,
  OPEN_PARTITIONS,
  openPartition,
} from '../../contracts/operations/operations-items.ts';
import { partitionOf } from '../../contracts/partitions.ts';
import { read } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, putNew } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import {
  boundedEntry,
  causeIdOf,
  type DeadLetterEntry,
  itemPartition,
  type OpenState,
} from './dead-letter-entry.ts';

/** The dependencies of a {@link DeadLetterWrites}. */
export interface DeadLetterStoreDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** What happened to a dead letter, and who did it. */
export type Attempt = Pick<DeadLetterAttempt, 'by' | 'outcome' | 'code'>;

/**
 * The writes of those who put dead letters on a queue, or see that another service has. See DeadLetterStore, which adds what a pass over a
 * queue does.
 */
export class DeadLetterWrites {
  protected readonly deps: DeadLetterStoreDeps;

  constructor(deps: DeadLetterStoreDeps) {
    this.deps = deps;
  }

  /**
   * Before a message is sent: writes the item with what the entry says, and adds the attempt to its history. An open item stays open,
   * since its earlier message is still on a queue; any other is `unqueued`.
   *
   * @returns what {@link queued} takes.
   * @throws OptimisticLockError when other writers changed it each time; the SDK's own errors.
   */
  begin(entry: DeadLetterEntry, attempt: Attempt): Promise<DeadLetterItem> {
    const at = this.now();
    let found: StoredItem | undefined;
    return retryOnConflict(async () => {
      const begun = this.#begun(boundedEntry(entry), { at, ...attempt }, found);
      const lost = await this.put(begun, found);
      if (lost === undefined) return begun;
      found = lost.found;
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
    await this.putUnlessChanged(opened(nextRevision(begun), state), begun);
  }

  /**
   * Writes the item of a message that another service has put on a queue. One that is known stays as it is: a pass over the queue was
   * faster, and may have ended it.
   *
   * @throws the SDK's own errors.
   */
  async add(entry: DeadLetterEntry, state: OpenState): Promise<void> {
    await this.putUnlessChanged(opened(this.seen(boundedEntry(entry)), state), undefined);
  }

  /** The instant of the clock. */
  protected now(): Instant {
    return instantOf(this.deps.clock.now());
  }

  /** The item after a begun attempt. */
  #begun(entry: DeadLetterEntry, attempt: DeadLetterAttempt, found: StoredItem | undefined): DeadLetterItem {
    const fresh = { ...this.seen(entry), revision: revisionAfter(found) };
    const known = found && parsedItem(found);
    if (known === undefined) return { ...fresh, history: [attempt] };
    const begun = {
      ...fresh,
      state: known.state,
      attempts: Math.max(known.attempts, entry.attempts),
      // The same attempt again: its message was not sent.
      history: appended(known.state === 'unqueued' ? known.history.slice(0, -1) : known.history, attempt),
      firstSeenAt: known.firstSeenAt,
      batch: known.batch ?? entry.batch,
    };
    if (known.state === 'waiting' || known.state === 'parked') return opened(begun, known.state);
    return { ...begun, state: 'unqueued' };
  }

  /** An item as a message shows it that was sent at a time, of which nothing else is known. */
  protected seen(
    { sentAt: _received, ...entry }: DeadLetterEntry,
    sentAt = this.deps.clock.now(),
  ): DeadLetterItem {
    const { id, consumer, reason, entity, key, failedAt } = entry;
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
      ttl: ttlOf(sentAt),
    };
  }

  /** Writes an item in place of the one that was read. @returns the item that it found instead, where it did not write. */
  protected async put(
    item: DeadLetterItem,
    read: StoredItem | undefined,
  ): Promise<{ readonly found: StoredItem | undefined } | undefined> {
    const { dynamoDb, operationsTableName } = this.deps;
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
      return { found: found === undefined ? undefined : parseItem(StoredItem, found) };
    }
  }

  /** Writes an item unless another writer did. */
  protected async putUnlessChanged(item: DeadLetterItem, read: StoredItem | undefined): Promise<void> {
    await retryOnConflict(() => this.put(item, read));
  }
}

/** When an item expires, as the message does that was sent at that time. */
export const ttlOf = (sentAt: Date): number =>
  Math.floor(sentAt.getTime() / MS_PER_SECOND) + DEAD_LETTER_TTL_SECONDS;

/** An item as it is stored. One that cannot be parsed must block nothing: reads omit it, and the next write replaces it. */
export const StoredItem = z.looseObject({ revision: z.unknown().optional() });
export type StoredItem = z.infer<typeof StoredItem>;

/** The item, or `undefined` where it cannot be parsed. */
export const parsedItem = (item: unknown): DeadLetterItem | undefined => read(DeadLetterItem, item).data;

const Revision = DeadLetterItem.shape.revision;

/** The revision of the write that replaces an item. */
export const revisionAfter = (stored: StoredItem | undefined): number =>
  (read(Revision, stored?.revision).data ?? 0) + 1;

/** The item as its next write has it. */
export const nextRevision = (item: DeadLetterItem): DeadLetterItem => ({
  ...item,
  revision: item.revision + 1,
});

/** The item as one that is on a queue. */
export const opened = (item: DeadLetterItem, state: OpenState): DeadLetterItem => ({
  ...item,
  state,
  openPk: openPartition(item.consumer, partitionOf(item.id, OPEN_PARTITIONS)),
  openSk: `${item.failedAt}#${item.id}`,
});

/** The item as one that has ended, by its last attempt. */
export const ended = (item: DeadLetterItem, end: DeadLetterAttempt): DeadLetterItem => ({
  ...item,
  state: end.outcome === 'purged' ? 'purged' : 'replayed',
  history: appended(item.history, end),
  openPk: endedPartition(item.consumer, partitionOf(item.id, OPEN_PARTITIONS)),
  openSk: `${end.at}#${item.id}`,
});

/** A list of attempts with one more: the first one and the last ones are kept. */
export function appended(
  history: readonly DeadLetterAttempt[],
  attempt: DeadLetterAttempt,
): DeadLetterAttempt[] {
  const all = [...history, attempt];
  return all.length <= KEPT_ATTEMPTS_MAX ? all : [...all.slice(0, 1), ...all.slice(-(KEPT_ATTEMPTS_MAX - 1))];
}

const putRevision = (tableName: string, item: DeadLetterItem, revision: unknown): TransactWriteItem => ({
  Put: {
    TableName: tableName,
    Item: marshall(item, { removeUndefinedValues: true }),
    ...(revision === undefined
      ? { ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(revision)' }
      : {
          ConditionExpression: 'revision = :revision',
          ExpressionAttributeValues: marshall({ ':revision': revision }),
        }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});
