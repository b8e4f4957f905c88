import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { statusPartitions } from '../../contracts/entities/order.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { PARTITIONS_MAX } from '../../contracts/partitions.ts';
import { parse } from '../../contracts/reading.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { type MergedPageRequest, readMergedPage } from '../paging/read-merged-page.ts';
import type { Page } from '../paging/read-page.ts';

/** How the orders of a status are spread over GSI1. */
export const statusSpread = {
  /** The partitions of a status that new orders are put into. It may rise and never fall: a reader reads as many. */
  statusPartitions: () => wholeNumber(1, PARTITIONS_MAX),
};
export type StatusSpread = SettingsOf<typeof statusSpread>;

export interface StatusIndexDeps extends StatusSpread {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** An order's key in the table and on GSI1: where a list continues, in all partitions. */
export const StatusPosition = z.object({
  pk: z.string(),
  sk: z.string(),
  GSI1PK: z.string(),
  GSI1SK: z.string(),
});
export type StatusPosition = z.infer<typeof StatusPosition>;

/** One page of the orders of a status. */
export interface StatusIndexQuery<Item extends StatusPosition>
  extends Pick<MergedPageRequest<Item, StatusPosition>, 'limit' | 'bytesMax' | 'bytesOf'> {
  readonly status: OrderStatus;
  /** The span of time in which the orders were placed. Both instants belong to it; without `from` it has no start. */
  readonly window: { readonly from?: string; readonly to: string };
  readonly first: 'newest' | 'oldest';
  /** The attributes that are needed; all without it. */
  readonly projection?: string;
  /** Reads the items of one response. It may leave some out. */
  readonly itemsOf: (images: readonly Record<string, AttributeValue>[]) => readonly Item[];
  readonly startAfter: StatusPosition | undefined;
}

/**
 * Reads orders of a status by the time when they were placed, from all partitions of GSI1. Eventually consistent, as GSI1 is.
 *
 * Orders of one instant come by their ids. Those that were written before the partitions had numbers come before them, oldest
 * first, in the order of the index.
 */
export const readStatusIndex = <Item extends StatusPosition>(
  deps: StatusIndexDeps,
  query: StatusIndexQuery<Item>,
): Promise<Page<Item, StatusPosition>> =>
  readMergedPage<Item, StatusPosition>({
    ...query,
    startKey: query.startAfter,
    partitions: statusPartitions(query.status, deps.statusPartitions),
    keyOf: ({ pk, sk, GSI1PK, GSI1SK }) => ({ pk, sk, GSI1PK, GSI1SK }),
    compare: query.first === 'oldest' ? byTime : (one, other) => byTime(other, one),
    readSome: async (partition, startKey, wanted) => {
      const { Items = [], LastEvaluatedKey } = await deps.dynamoDb.send(
        new QueryCommand({
          TableName: deps.tableName,
          IndexName: 'GSI1',
          ...keyCondition(query, partition, startKey),
          ProjectionExpression: query.projection,
          ScanIndexForward: query.first === 'oldest',
          Limit: wanted,
        }),
      );
      return {
        items: query.itemsOf(Items),
        lastKey: LastEvaluatedKey && parse(StatusPosition, unmarshal(LastEvaluatedKey)),
      };
    },
  });

/** By the sort key, which has the order's id: it is never equal in two partitions that keep the contract. */
const byTime = (one: StatusPosition, other: StatusPosition): number =>
  compareText(one.GSI1SK, other.GSI1SK) || compareText(one.GSI1PK, other.GSI1PK);
const compareText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** The character after `#`: all sort keys of an instant come before the instant with it. */
const AFTER_IDS = '$';

/** What of a partition comes after `startKey`: after that item in its own partition, beyond its sort key in another. */
function keyCondition(
  { window, first }: Pick<StatusIndexQuery<StatusPosition>, 'window' | 'first'>,
  partition: string,
  startKey: StatusPosition | undefined,
) {
  const isOwn = startKey?.GSI1PK === partition;
  const beyond = isOwn ? undefined : startKey?.GSI1SK;
  const from = first === 'oldest' ? (beyond ?? window.from) : window.from;
  const to = first === 'newest' ? (beyond ?? `${window.to}${AFTER_IDS}`) : `${window.to}${AFTER_IDS}`;
  const range = from === undefined ? 'GSI1SK <= :to' : 'GSI1SK BETWEEN :from AND :to';
  return {
    KeyConditionExpression: `GSI1PK = :partition AND ${range}`,
    ExpressionAttributeValues: marshall(
      { ':partition': partition, ':from': from, ':to': to },
      { removeUndefinedValues: true },
    ),
    ExclusiveStartKey: isOwn ? marshall(startKey) : undefined,
  };
}
