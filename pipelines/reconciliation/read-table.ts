import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TableItem } from '../../contracts/items/table-item.ts';
import { scanTable } from '../core/scan-table.ts';

/** The items of a table as one scan saw them. */
export interface TableContents {
  readonly items: readonly TableItem[];
  /** How many items break their contract, and so belong to no comparison. */
  readonly malformed: number;
}

/**
 * Reads a whole table by a parallel, consistent scan. It sees each item once but not all at one moment, so compare when
 * nothing writes. For tables that fit in memory.
 *
 * @param segments How many parts are scanned at the same time.
 */
export async function readTable(
  dynamoDb: DynamoDBClient,
  tableName: string,
  segments: number,
): Promise<TableContents> {
  const items: TableItem[] = [];
  let malformed = 0;
  const { signal } = new AbortController();
  await scanTable(
    dynamoDb,
    { tableName, segments, signal },
    {
      item: (item) => items.push(item),
      malformed: () => {
        malformed += 1;
      },
    },
  );
  return { items, malformed };
}
