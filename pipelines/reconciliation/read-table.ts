import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import { TableItem } from '../../contracts/items/table-item.ts';

/** The items of a table as one scan saw them. */
export interface TableContents {
  readonly items: readonly TableItem[];
  /** How many items break their contract, and so belong to no comparison. */
  readonly malformed: number;
}

/**
 * Reads a whole table by a parallel, consistent scan. It sees each item once but not all at one moment, so compare when
 * nothing writes. For tables that fit in memory.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan.
 *
 * @param segments How many parts are scanned at the same time.
 */
export async function readTable(
  dynamoDb: DynamoDBClient,
  tableName: string,
  segments: number,
): Promise<TableContents> {
  const limit = pLimit(segments);
  const parts = await Promise.all(
    Array.from({ length: segments }, (_, segment) =>
      limit(() => readSegment(dynamoDb, tableName, segment, segments)),
    ),
  );
  const parsed = parts.flat().map((image) => TableItem.safeParse(unmarshall(image)));
  const items = parsed.flatMap((result) => (result.success ? [result.data] : []));
  return { items, malformed: parsed.length - items.length };
}

async function readSegment(
  dynamoDb: DynamoDBClient,
  tableName: string,
  segment: number,
  segments: number,
): Promise<Record<string, AttributeValue>[]> {
  const images: Record<string, AttributeValue>[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamoDb.send(
      new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: segments,
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    images.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return images;
}
