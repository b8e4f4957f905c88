import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import { TableItem } from '../../contracts/items/table-item.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { read } from '../../contracts/reading.ts';
import { type Image, scanSegment } from './scan-segment.ts';
import { unmarshal } from './unmarshal.ts';

/** How {@link scanTable} reads. */
export interface TableScan {
  readonly tableName: string;
  /** How many parts are read at the same time. */
  readonly segments: number;
  readonly entityTypes?: readonly TableItem['entityType'][];
  readonly signal: AbortSignal;
}

/** Takes what a scan finds, an item at a time. */
export interface ItemVisitor {
  item(item: TableItem): void;
  /** An item that breaks its contract, and so is nobody's business but that of whoever mends it. */
  malformed(key: ItemKey): void;
}

/** Shows a visitor each item of the table once, as {@link scanSegment} reads it, and keeps none. @throws the SDK's own errors. */
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

/** Checks an item against its contract and shows it to a visitor. */
export function visit(image: Image, visitor: ItemVisitor): void {
  const item = itemIn(image);
  if (item !== undefined) visitor.item(item);
  else visitor.malformed(keyIn(image));
}

/** The item that an image holds; `undefined` for one that breaks its contract. */
export const itemIn = (image: Image): TableItem | undefined => read(TableItem, unmarshal(image)).data;

const keyIn = ({ pk, sk }: Image): ItemKey => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' });
