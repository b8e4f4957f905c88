import * as z from 'zod';
import { parseKey } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { isErased, type OrderItem } from '../../../contracts/entities/order.ts';
import { versionAfter } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import { Deadline } from '../../aws/deadline.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import { ContractViolationError } from '../../errors.ts';
import { addressOfKey } from '../../search/documents.ts';
import type { SearchIndex } from '../../search/indexing/search-index.ts';
import { changeOfOrder } from '../../stream/current-state.ts';
import { decodeChange } from '../../stream/decode.ts';
import { recordKey, recordVersion } from '../../stream/record-facts.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import type { StreamConsumer } from '../../stream/stream-consumer.ts';
import { isCurrentRecord, readCurrent } from '../parse/current-record.ts';
import { type ReplayTable, requireGenuine } from './require-genuine.ts';

/** The result of the replay of a record: `item-deleted` when the table no longer holds its item and nothing remains to do. */
type RecordReplayResult = 'replayed' | 'item-deleted';

/**
 * Replays one record, at any time and in any order. Fails as its consumer does, and with a ContractViolationError for an
 * item that still violates its contract, with its current issues.
 */
export type ReplayRecord = (record: unknown, signal: AbortSignal) => Promise<RecordReplayResult>;

/**
 * Replays records for a consumer whose handlers decide by state and version: as they are, if the table agrees with them. For a record that
 * violates its contract, the current state is read from the table, where it may be fixed.
 */
export function replayOrderEvents(
  consumer: Pick<StreamConsumer, 'handle'>,
  table: ReplayTable,
): ReplayRecord {
  return async (record, signal) => {
    const recorded = validChange(record);
    if (recorded?.entityType === 'Order') await requireGenuine(recorded, table);
    const change = recorded ?? (await currentChange(table, keyOf(record), signal));
    if (change === undefined) return 'item-deleted';
    const erased = erasedOrder(change);
    if (erased === undefined || (recorded !== undefined && !isCurrentRecord(record)))
      await consumer.handle(change, signal);
    // The stream no longer has the record: stock and stats may still need the order.
    else if (recorded !== undefined) await consumer.handle(changeOfOrder(erased, erased), signal);
    return 'replayed';
  };
}

/**
 * The order of a change whose current version may be one that only erased the address. Its event would be a second one of the order's status, under an
 * id that no subscriber knows. Of a fixed order that was erased since, the stream has delivered both versions by records of their own.
 */
const erasedOrder = (change: StreamChange): OrderItem | undefined =>
  change.entityType === 'Order' && change.kind !== 'REMOVE' && isErased(change.newItem.shipTo)
    ? change.newItem
    : undefined;

const Removal = z.object({ eventName: z.literal('REMOVE') });

/**
 * Replays records for the search index, which holds state and not history: for every record, the index gets the
 * current state of the table. An old image is never sent, since the index may have forgotten a removal. The record of a removal
 * that has no version fails: the index may hold a document, and nothing says under which version it may be deleted.
 */
export function replaySearchIndex(
  index: Pick<SearchIndex, 'handle' | 'remove'>,
  table: ReplayTable,
): ReplayRecord {
  return async (record, signal) => {
    const key = keyOf(record);
    const change = await currentChange(table, key, signal);
    if (change !== undefined) {
      await index.handle(change, signal);
      return 'replayed';
    }
    const named = parseKey(key);
    const address = named && addressOfKey(named);
    const version = recordVersion(record);
    if (address === undefined) return 'item-deleted';
    if (version === undefined) {
      // The removal that followed another change has a record of its own.
      if (!read(Removal, record).success) return 'item-deleted';
      throw new ContractViolationError('The removed item has no version to delete its document under', [
        { path: 'OldImage.version', message: 'cannot be read' },
      ]);
    }
    await index.remove(address, versionAfter(version), signal);
    return 'replayed';
  };
}

/** The item's current state as a change without an old image; `undefined` where the item is deleted. */
async function currentChange(
  { dynamoDb, tableName }: ReplayTable,
  key: ItemKey,
  signal: AbortSignal,
): Promise<StreamChange | undefined> {
  const current = await readCurrent(dynamoDb, tableName, key, signal);
  return current && decodeChange(current);
}

function validChange(record: unknown): StreamChange | undefined {
  try {
    return decodeChange(record);
  } catch (error) {
    if (error instanceof ContractViolationError) return undefined;
    throw error;
  }
}

function keyOf(record: unknown): ItemKey {
  const key = recordKey(record);
  if (key !== undefined) return key;
  throw new ContractViolationError('The record names no item of this table', [
    { path: 'Keys', message: 'must be pk and sk, both strings' },
  ]);
}

/** The outcome of one record. */
export type RecordOutcome =
  | { readonly status: RecordReplayResult }
  | { readonly status: 'failed'; readonly record: unknown; readonly error: unknown };

/** How records are replayed. */
export interface RecordReplayOptions {
  readonly replayRecord: ReplayRecord;
  readonly rateLimiter: Pick<RateLimiter, 'acquire'>;
  /** Called before each record, to keep the dead letter hidden from other receivers. */
  readonly keep: () => Promise<void>;
  /** Aborts when no further record may start; a record in progress ends. */
  readonly signal: AbortSignal;
}

const AT_ONCE_MAX = 10;
/** The longest that one record may take, in milliseconds. */
const RECORD_MS_MAX = 30_000;

/**
 * Replays records, some at the same time: those of one item one after the other, each independent of the others' outcomes. They start in
 * their order, so that those that an interrupted replay has not started are the last ones, and another replay can go on there.
 *
 * @returns the outcomes of those that started, in their order: of all, unless the signal aborts before.
 */
export async function replayRecords(
  records: readonly unknown[],
  { replayRecord, rateLimiter, keep, signal }: RecordReplayOptions,
): Promise<readonly RecordOutcome[]> {
  const outcomes: Promise<RecordOutcome>[] = [];
  /** One for each item. */
  const inProgress = new Map<string, Promise<unknown>>();
  try {
    for (const record of records) {
      const item = keyText(record);
      await inProgress.get(item);
      if (inProgress.size >= AT_ONCE_MAX) await Promise.race(inProgress.values());
      if (!(await hasPermit(rateLimiter, signal))) break;
      await keep();
      const outcome = replayOneRecord(record, replayRecord);
      outcomes.push(outcome);
      inProgress.set(
        item,
        outcome.then(() => inProgress.delete(item)),
      );
    }
  } finally {
    await Promise.all(inProgress.values());
  }
  return Promise.all(outcomes);
}

async function replayOneRecord(record: unknown, replayRecord: ReplayRecord): Promise<RecordOutcome> {
  using deadline = new Deadline(RECORD_MS_MAX);
  try {
    return { status: await deadline.within((within) => replayRecord(record, within)) };
  } catch (error) {
    return { status: 'failed', record, error };
  }
}

async function hasPermit(rateLimiter: Pick<RateLimiter, 'acquire'>, signal: AbortSignal): Promise<boolean> {
  try {
    await rateLimiter.acquire(signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

// Records that name no item fail alike, in any order.
const keyText = (record: unknown): string => {
  const key = recordKey(record);
  return key === undefined ? '' : JSON.stringify([key.pk, key.sk]);
};
