import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { versionAfter } from '../../contracts/ids.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { parseKey } from '../../contracts/parsed-key.ts';
import { decodeChange } from '../core/decode.ts';
import { ContractViolationError } from '../core/errors.ts';
import type { StreamChange } from '../core/stream-change.ts';
import type { StreamConsumer } from '../core/stream-consumer.ts';
import { addressOfKey } from '../search/documents.ts';
import type { SearchIndex } from '../search/search-index.ts';
import { readPresent } from './present-record.ts';
import { recordKey, recordVersion } from './record-key.ts';

/** What running a record again came to: `gone` when its item is no more in the table and nothing is left to do. */
export type RerunResult = 'replayed' | 'gone';

/**
 * Runs one record again, at any time and in any order. Fails as its consumer does, and with a ContractViolationError for an
 * item that still breaks its contract, naming what is wrong with it now.
 */
export type Rerun = (record: unknown, signal: AbortSignal) => Promise<RerunResult>;

/** The table that broken records are held against. */
export interface RerunTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/**
 * Runs records again for a consumer whose handlers decide by state and version: as they are. What breaks its contract is
 * taken from the table instead, where somebody may have mended it.
 */
export function rerunOrderEvents(consumer: Pick<StreamConsumer, 'handle'>, table: RerunTable): Rerun {
  return async (record, signal) => {
    const change = soundChange(record) ?? (await presentChange(table, keyOf(record), signal));
    if (change === undefined) return 'gone';
    await consumer.handle(change, signal);
    return 'replayed';
  };
}

/**
 * Runs records again for the search index, which holds state and not history: whatever the record says, the index is
 * brought to where the table is now. An old image is never sent, since the index may have forgotten a removal.
 */
export function rerunSearchIndex(index: Pick<SearchIndex, 'handle' | 'remove'>, table: RerunTable): Rerun {
  return async (record, signal) => {
    const key = keyOf(record);
    const change = await presentChange(table, key, signal);
    if (change !== undefined) {
      await index.handle(change, signal);
      return 'replayed';
    }
    const named = parseKey(key);
    const address = named && addressOfKey(named);
    const version = recordVersion(record);
    if (address === undefined || version === undefined) return 'gone';
    await index.remove(address, versionAfter(version), signal);
    return 'replayed';
  };
}

/** The item's present state as a change that tells no old one; `undefined` where the item is gone. */
async function presentChange(
  { dynamoDb, tableName }: RerunTable,
  key: ItemKey,
  signal: AbortSignal,
): Promise<StreamChange | undefined> {
  const present = await readPresent(dynamoDb, tableName, key, signal);
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
