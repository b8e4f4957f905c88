import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

/** An item, or a key, as DynamoDB has it. */
export type Image = Record<string, AttributeValue>;

/** One part of a table that is scanned in parts. */
export interface SegmentScan {
  readonly tableName: string;
  readonly segment: number;
  /** How many parts there are. */
  readonly segments: number;
  /** The `next` of the page that was read last; from the beginning without it. */
  readonly from?: Image | undefined;
  /** The most items of a page, which never exceeds 1 MB. */
  readonly pageItemsMax?: number;
  /** Leaves out the items that are of none of these types, after they were read. */
  readonly entityTypes?: readonly string[];
}

/** A page of a segment. */
export interface ScanPage {
  readonly images: readonly Image[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly next: Image | undefined;
}

/**
 * Reads a segment page by page, with strong consistency: whatever was written before a page was asked for is in it, if it is
 * of that page's range. Each item is seen once, but not all at one moment.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan.
 */
export async function* scanSegment(
  dynamoDb: DynamoDBClient,
  { tableName, segment, segments, from, pageItemsMax, entityTypes }: SegmentScan,
  abortSignal: AbortSignal,
): AsyncGenerator<ScanPage, void, undefined> {
  let next = from;
  do {
    const page = await dynamoDb.send(
      new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: segments,
        ConsistentRead: true,
        ExclusiveStartKey: next,
        Limit: pageItemsMax,
        ...(entityTypes === undefined ? {} : typeFilter(entityTypes)),
      }),
      { abortSignal },
    );
    next = page.LastEvaluatedKey;
    yield { images: page.Items ?? [], next };
  } while (next !== undefined);
}

const typeFilter = (entityTypes: readonly string[]) => ({
  FilterExpression: `entityType IN (${entityTypes.map((_, index) => `:type${index}`).join(', ')})`,
  ExpressionAttributeValues: Object.fromEntries(
    entityTypes.map((type, index) => [`:type${index}`, { S: type }]),
  ),
});
