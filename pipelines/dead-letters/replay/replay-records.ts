import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import { parseKey } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { versionAfter } from '../../../contracts/ids.ts';
import { Deadline } from '../../aws/deadline.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import { ContractViolationError } from '../../errors.ts';
import { addressOfKey } from '../../search/documents.ts';
import type { SearchIndex } from '../../search/indexing/search-index.ts';
import { decodeChange } from '../../stream/decode.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import type { StreamConsumer } from '../../stream/stream-consumer.ts';
import { readCurrent } from '../parse/current-record.ts';
import { recordKey, recordVersion } from '../parse/record-key.ts';

/** What running a record again came to: `gone` when its item is no more in the table and nothing is left to do. */
type RecordReplayResult = 'replayed' | 'item-deleted';

/**
 * Runs one record again, at any time and in any order. Fails as its consumer does, and with a ContractViolationError for an
 * item that still breaks its contract, naming what is wrong with it now.
 */
export type ReplayRecord = (record: unknown, signal: AbortSignal) => Promise<RecordReplayResult>;

/** The table that broken records are held against. */
export interface ReplayTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/**
 * Runs records again for a consumer whose handlers decide by state and version: as they are. What breaks its contract is
 * taken from the table instead, where somebody may have mended it.
 */
export function replayOrderEvents(
  consumer: Pick<StreamConsumer, 'handle'>,
  table: ReplayTable,
): ReplayRecord {
  return async (record, signal) => {
    const change = soundChange(record) ?? (await currentChange(table, keyOf(record), signal));
    if (change === undefined) return 'item-deleted';
    await consumer.handle(change, signal);
    return 'replayed';
  };
}

/**
 * Runs records again for the search index, which holds state and not history: whatever the record says, the index is
 * brought to where the table is now. An old image is never sent, since the index may have forgotten a removal.
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
    if (address === undefined || version === undefined) return 'item-deleted';
    await index.remove(address, versionAfter(version), signal);
    return 'replayed';
  };
}

/** The item's present state as a change that tells no old one; `undefined` where the item is gone. */
async function currentChange(
  { dynamoDb, tableName }: ReplayTable,
  key: ItemKey,
  signal: AbortSignal,
): Promise<StreamChange | undefined> {
  const present = await readCurrent(dynamoDb, tableName, key, signal);
  return present && decodeChange(present);
}

function soundChange(record: unknown): StreamChange | undefined {
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

/** What became of one record; `untried` when the replay was interrupted before it. */
export type RecordOutcome =
  | { readonly status: RecordReplayResult }
  | { readonly status: 'failed'; readonly record: unknown; readonly error: unknown }
  | { readonly status: 'untried' };

/** How records are run again. */
export interface RecordReplayOptions {
  readonly replayRecord: ReplayRecord;
  readonly rateLimiter: Pick<RateLimiter, 'acquire'>;
  /** Called before each record: whoever holds the letter makes sure that it goes on holding it. */
  readonly keep: () => Promise<void>;
  /** Aborts when no further record is to be begun; what is under way ends. */
  readonly signal: AbortSignal;
}

const AT_ONCE_MAX = 10;
/** The longest that one record may take, in milliseconds. */
const RECORD_MS_MAX = 30_000;

/** Runs records again: those of one item in their order, each of them whatever became of the others. */
export async function replayRecords(
  records: readonly unknown[],
  options: RecordReplayOptions,
): Promise<readonly RecordOutcome[]> {
  const limit = pLimit(AT_ONCE_MAX);
  const groups = [...Map.groupBy(records, keyText).values()];
  const outcomes = await Promise.all(
    groups.map((group) =>
      limit(async () => {
        const ofItem: RecordOutcome[] = [];
        for (const record of group) ofItem.push(await replayOneRecord(record, options));
        return ofItem;
      }),
    ),
  );
  return outcomes.flat();
}

async function replayOneRecord(
  record: unknown,
  { replayRecord, rateLimiter, keep, signal }: RecordReplayOptions,
): Promise<RecordOutcome> {
  if (!(await hasTurn(rateLimiter, signal))) return { status: 'untried' };
  await keep();
  using guard = new Deadline(RECORD_MS_MAX);
  try {
    return { status: await guard.within((within) => replayRecord(record, within)) };
  } catch (error) {
    return { status: 'failed', record, error };
  }
}

async function hasTurn(rateLimiter: Pick<RateLimiter, 'acquire'>, signal: AbortSignal): Promise<boolean> {
  try {
    await rateLimiter.acquire(signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

// Records that name no item fail alike, whatever their order.
const keyText = (record: unknown): string => {
  const key = recordKey(record);
  return key === undefined ? '' : JSON.stringify([key.pk, key.sk]);
};
