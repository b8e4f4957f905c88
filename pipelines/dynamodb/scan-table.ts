import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import { TableItem } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { read } from '../../contracts/reading.ts';
import { unmarshal } from './unmarshal.ts';

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
  /** Filters out the items of other types, after they were read. */
  readonly entityTypes?: readonly string[];
}

/** A page of a segment. */
export interface ScanPage {
  readonly images: readonly Image[];
  /** How many items were read for it, those of other types included. */
  readonly scanned: number;
  /** Where the next page begins; `undefined` after the last one. */
  readonly next: Image | undefined;
}

/**
 * Reads a segment page by page, with strong consistency: each page holds all that was written to its range before its
 * request. Each item is seen once, but not all at one moment.
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
    yield { images: page.Items ?? [], scanned: page.ScannedCount ?? 0, next };
  } while (next !== undefined);
}

const typeFilter = (entityTypes: readonly string[]) => ({
  FilterExpression: `entityType IN (${entityTypes.map((_, index) => `:type${index}`).join(', ')})`,
  ExpressionAttributeValues: Object.fromEntries(
    entityTypes.map((type, index) => [`:type${index}`, { S: type }]),
  ),
});

/** How {@link scanTable} reads. */
export interface TableScan {
  readonly tableName: string;
  /** How many parts are read at the same time. */
  readonly segments: number;
  readonly entityTypes?: readonly TableItem['entityType'][];
  readonly signal: AbortSignal;
}

/** Receives the items of a scan, one at a time. */
export interface ItemVisitor {
  item(item: TableItem): void;
  /** An item that violates its contract: a person must fix it. */
  malformed(key: ItemKey): void;
}

/** Passes each item of the table to a visitor once, as {@link scanSegment} reads it, and keeps none. @throws the SDK's own errors. */
export async function scanTable(
  dynamoDb: DynamoDBClient,
  { segments, signal, ...scan }: TableScan,
  visitor: ItemVisitor,
): Promise<void> {
  const limit = pLimit(segments);
  const read = async (segment: number): Promise<void> => {
    for await (const { images } of scanSegment(dynamoDb, { ...scan, segment, segments }, signal)) {
      for (const image of images) visit(image, visitor);
    }
  };
  await Promise.all(Array.from({ length: segments }, (_, segment) => limit(read, segment)));
}

/** Checks an item against its contract and passes it to a visitor. */
export function visit(image: Image, visitor: ItemVisitor): void {
  const item = itemIn(image);
  if (item !== undefined) visitor.item(item);
  else visitor.malformed(keyIn(image));
}

/** The item that an image holds; `undefined` for one that violates its contract. */
export const itemIn = (image: Image): TableItem | undefined => read(TableItem, unmarshal(image)).data;

const keyIn = ({ pk, sk }: Image): ItemKey => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' });
