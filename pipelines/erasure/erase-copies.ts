import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import * as z from 'zod';
import type { DeadLetterId } from '../../contracts/api/dead-letters.ts';
import { IdempotencyToken } from '../../contracts/api/parameters.ts';
import { recordPrefix } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { erasedShipTo, isErased, ShipTo } from '../../contracts/entities/order.ts';
import { userPartition } from '../../contracts/entities/user.ts';
import { UserId } from '../../contracts/ids.ts';
import { type DeadLetterItem, deadLetterItemKey } from '../../contracts/operations/operations-items.ts';
import { read, readJson } from '../../contracts/reading.ts';
import type { OwnPlaces } from '../dead-letters/parse/own-places.ts';
import { scanSegment } from '../dynamodb/scan-table.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { itemPartition } from '../operations/dead-letter-entry.ts';
import { parsedItem } from '../operations/dead-letter-writes.ts';

/** Where copies of a user's data are, beside the table. */
export interface CopiesDeps extends Pick<OwnPlaces, 'places'> {
  readonly dynamoDb: DynamoDBClient;
  readonly s3: S3Client;
  readonly operationsTableName: string;
  readonly idempotencyTableName: string;
  /** Absent where the stack sends no order mails. */
  readonly mailboxTableName?: string | undefined;
}

/** How an erasure runs. */
export interface ErasureRun {
  readonly userId: UserId;
  /** Counts, and changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

const REQUESTS_AT_ONCE_MAX = 8;
const OPEN: ReadonlySet<DeadLetterItem['state']> = new Set(['waiting', 'parked']);

/** Deletes all items of a user's mailbox. @returns how many. @throws the SDK's own errors. */
export async function eraseMailbox(
  { dynamoDb, mailboxTableName: tableName }: CopiesDeps,
  { userId, dryRun, signal }: ErasureRun,
): Promise<number> {
  if (tableName === undefined) return 0;
  const limit = pLimit(REQUESTS_AT_ONCE_MAX);
  let items = 0;
  for await (const { pk = { S: '' }, sk = { S: '' } } of queried(dynamoDb, tableName, {
    KeyConditionExpression: 'pk = :user',
    ExpressionAttributeValues: marshall({ ':user': userPartition(userId) }),
    ConsistentRead: true,
    signal,
  })) {
    items += 1;
    const command = new DeleteItemCommand({ TableName: tableName, Key: { pk, sk } });
    if (!dryRun) await limit(() => dynamoDb.send(command, { abortSignal: signal }));
  }
  return items;
}

const ResponseOfUser = z.looseObject({ userId: UserId, shipTo: ShipTo });

/**
 * Erases the addresses in the responses that are remembered for a day. The rest of a response stays, so that a repeat of the request still has
 * no second effect. Reads the complete table, since a request is stored under a hash.
 *
 * @returns how many. @throws the SDK's own errors.
 */
export async function eraseResponses(
  { dynamoDb, idempotencyTableName: tableName }: CopiesDeps,
  { userId, dryRun, signal }: ErasureRun,
): Promise<number> {
  let responses = 0;
  for await (const { images } of scanSegment(dynamoDb, { tableName, segment: 0, segments: 1 }, signal))
    for (const image of images) {
      const token = read(IdempotencyToken, unmarshal(image)).data;
      const response = token && readJson(ResponseOfUser, token.response).data;
      if (token === undefined || response?.userId !== userId || isErased(response.shipTo)) continue;
      responses += 1;
      if (dryRun) continue;
      const erased = JSON.stringify({ ...response, shipTo: erasedShipTo(response.shipTo) });
      await dynamoDb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: marshall({ id: token.id }),
          UpdateExpression: 'SET #response = :erased',
          // A request of the same key may have begun again in its place.
          ConditionExpression: '#response = :read',
          ExpressionAttributeNames: { '#response': 'response' },
          ExpressionAttributeValues: marshall({ ':erased': erased, ':read': token.response }),
        }),
        { abortSignal: signal },
      );
    }
  return responses;
}

/**
 * Deletes what is known of ended dead letters of items, which may quote their fields, and the objects of their records.
 *
 * @param purged Those that this erasure has purged.
 * @returns how many others. @throws the SDK's own errors.
 */
export async function eraseEndedDeadLetters(
  deps: CopiesDeps,
  keys: readonly ItemKey[],
  purged: readonly DeadLetterId[],
  run: ErasureRun,
): Promise<number> {
  const limit = pLimit(REQUESTS_AT_ONCE_MAX);
  // The index may not know yet that they have ended.
  if (!run.dryRun) await Promise.all(purged.map((id) => limit(() => eraseStored(deps, id, run.signal))));
  const others = { ...run, counted: new Set(purged) };
  const counts = await Promise.all(keys.map((key) => limit(() => eraseEndedOf(deps, key, others))));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function eraseEndedOf(
  deps: CopiesDeps,
  key: ItemKey,
  { dryRun, signal, counted }: ErasureRun & { readonly counted: ReadonlySet<DeadLetterId> },
): Promise<number> {
  let items = 0;
  for await (const image of queried(deps.dynamoDb, deps.operationsTableName, {
    IndexName: 'ofItem',
    KeyConditionExpression: 'itemPk = :item',
    ExpressionAttributeValues: marshall({ ':item': itemPartition(key) }),
    signal,
  })) {
    const known = parsedItem(unmarshal(image));
    if (known === undefined || OPEN.has(known.state) || counted.has(known.id)) continue;
    items += 1;
    if (!dryRun) await eraseEnded(deps, known, signal);
  }
  return items;
}

async function eraseEnded(
  deps: CopiesDeps,
  { id, consumer, eventId = '' }: DeadLetterItem,
  abortSignal: AbortSignal,
): Promise<void> {
  const { s3, places } = deps;
  // A record that was too large for a message. There is none for most.
  const Key = `${recordPrefix(consumer)}${encodeURIComponent(eventId)}.json`;
  const Bucket = places[consumer].deadLetterBucket;
  if (eventId !== '') await s3.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal });
  await eraseStored(deps, id, abortSignal);
}

async function eraseStored(
  { dynamoDb, operationsTableName: TableName }: CopiesDeps,
  id: DeadLetterId,
  abortSignal: AbortSignal,
): Promise<void> {
  const item = { TableName, Key: marshall(deadLetterItemKey(id)) };
  await dynamoDb.send(new DeleteItemCommand(item), { abortSignal });
}

interface Queried {
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  readonly ConsistentRead?: boolean;
  readonly signal: AbortSignal;
}

/** The items of a query, page by page. */
async function* queried(
  dynamoDb: DynamoDBClient,
  TableName: string,
  { signal, ...query }: Queried,
): AsyncGenerator<Record<string, AttributeValue>, void, undefined> {
  let next: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamoDb.send(new QueryCommand({ TableName, ...query, ExclusiveStartKey: next }), {
      abortSignal: signal,
    });
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}
