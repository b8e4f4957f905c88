import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import type { TableItem } from '../../contracts/items/table-item.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { itemIn } from '../core/scan-table.ts';

/** The table that is checked. */
export interface CheckedTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  /** How many parts of it are scanned at the same time. */
  readonly segments: number;
}

const READS_AT_ONCE_MAX = 8;

/** Reads what is there under a key, consistently; `malformed` for an item that breaks its contract. */
export async function readPresent(
  { dynamoDb, tableName }: CheckedTable,
  { pk, sk }: ItemKey,
): Promise<TableItem | 'malformed' | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName: tableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  return Item && (itemIn(Item) ?? 'malformed');
}

/** Reads items by their keys, consistently; those that are not there or break their contract are absent from the answer. */
export async function readItems(
  table: CheckedTable,
  keys: readonly ItemKey[],
): Promise<readonly TableItem[]> {
  const limit = pLimit(READS_AT_ONCE_MAX);
  const read = await Promise.all(keys.map((key) => limit(readPresent, table, key)));
  return read.flatMap((item) => (item === undefined || item === 'malformed' ? [] : [item]));
}
