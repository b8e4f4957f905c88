import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Instant } from '../../contracts/ids.ts';
import { statusPartition } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { unmarshal } from '../core/unmarshal.ts';

const Key = z.object({ pk: z.string(), sk: z.string() });
const IndexKey = z.record(z.string(), z.string());

/** Keys of orders that may be stale, and where the next ones begin; `undefined` after the last. */
export interface StaleOrdersPage {
  readonly keys: readonly z.infer<typeof Key>[];
  readonly next: z.infer<typeof IndexKey> | undefined;
}

const PAGE_SIZE = 100;

/**
 * Reads the keys of up to 100 orders that were placed before an instant and are still `placed`, the oldest first. From GSI1,
 * which is a little behind the table.
 */
export async function readStaleOrders(
  { dynamoDb, tableName }: { readonly dynamoDb: DynamoDBClient; readonly tableName: string },
  placedBefore: Instant,
  startAfter: StaleOrdersPage['next'],
): Promise<StaleOrdersPage> {
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :placed AND GSI1SK < :before',
      ExpressionAttributeValues: marshall({ ':placed': statusPartition('placed'), ':before': placedBefore }),
      ProjectionExpression: 'pk, sk',
      Limit: PAGE_SIZE,
      ExclusiveStartKey: startAfter && marshall(startAfter),
    }),
  );
  return {
    keys: Items.map((item) => parse(Key, unmarshal(item))),
    next: LastEvaluatedKey && parse(IndexKey, unmarshal(LastEvaluatedKey)),
  };
}
