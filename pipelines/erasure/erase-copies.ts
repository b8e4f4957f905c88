import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
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
import { ERASED, erasedShipTo, isErased, ShipTo } from '../../contracts/entities/order.ts';
import { UserId } from '../../contracts/ids.ts';
import { openOrdersKey, writeRateKey } from '../../contracts/limits.ts';
import { type DeadLetterItem, deadLetterItemKey } from '../../contracts/operations/operations-items.ts';
import { read, readJson } from '../../contracts/reading.ts';
import type { OwnPlaces } from '../dead-letters/parse/own-places.ts';
import { queryItems } from '../dynamodb/query-items.ts';
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

/** The response to a new order has `shipTo`, and that to a new user `name` and `segment`. No other remembered response has data of a person. */
const ResponseOfUser = z.looseObject({
  userId: UserId,
  shipTo: ShipTo.optional(),
  name: z.string().optional(),
  segment: z.string().optional(),
});
type ResponseOfUser = z.infer<typeof ResponseOfUser>;

const isErasedResponse = ({ shipTo, name, segment }: ResponseOfUser): boolean =>
  (shipTo === undefined || isErased(shipTo)) &&
  (name === undefined || name === ERASED) &&
  segment === undefined;

const erasedResponse = ({ shipTo, name, segment: _, ...rest }: ResponseOfUser): object => ({
  ...rest,
  ...(shipTo !== undefined && { shipTo: erasedShipTo(shipTo) }),
  ...(name !== undefined && { name: ERASED }),
});

/** What was erased of the idempotency table. */
export interface ErasedRequests {
  readonly responses: number;
  /** What counts against the user's limits. */
  readonly limits: number;
}

/**
 * Erases names and addresses in the responses that are remembered for a day. The rest of a response stays, so that a repeat of the request still
 * has no second effect. Deletes the user's rate of writes, and the list of open orders where none is open. The list of accounts stays, as the
 * accounts do. Reads the complete table, since a request is stored under a hash.
 *
 * @throws the SDK's own errors.
 */
export async function eraseRequests(
  deps: CopiesDeps,
  { hasOpenOrders, ...run }: ErasureRun & { readonly hasOpenOrders: boolean },
): Promise<ErasedRequests> {
  const { dynamoDb, idempotencyTableName: tableName } = deps;
  const { userId, dryRun, signal } = run;
  const ofLimits = [writeRateKey(userId), ...(hasOpenOrders ? [] : [openOrdersKey(userId)])].map(
    ({ id }) => id,
  );
  const counts = { responses: 0, limits: 0 };
  for await (const { images } of scanSegment(dynamoDb, { tableName, segment: 0, segments: 1 }, signal))
    for (const image of images) {
      const { id = { S: '' } } = image;
      if (!ofLimits.includes(id.S ?? '')) counts.responses += await eraseResponse(deps, image, run);
      else {
        counts.limits += 1;
        const command = new DeleteItemCommand({ TableName: tableName, Key: { id } });
        if (!dryRun) await dynamoDb.send(command, { abortSignal: signal });
      }
    }
  return counts;
}

/** @returns 1 where it was one of the user's with data, and is erased; or else 0. */
async function eraseResponse(
  { dynamoDb, idempotencyTableName: tableName }: CopiesDeps,
  image: Record<string, AttributeValue>,
  { userId, dryRun, signal }: ErasureRun,
): Promise<0 | 1> {
  const token = read(IdempotencyToken, unmarshal(image)).data;
  const response = token && readJson(ResponseOfUser, token.response).data;
  if (token === undefined || response?.userId !== userId || isErasedResponse(response)) return 0;
  if (dryRun) return 1;
  try {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: marshall({ id: token.id }),
        UpdateExpression: 'SET #response = :erased',
        ConditionExpression: '#response = :read',
        ExpressionAttributeNames: { '#response': 'response' },
        ExpressionAttributeValues: marshall({
          ':erased': JSON.stringify(erasedResponse(response)),
          ':read': token.response,
        }),
      }),
      { abortSignal: signal },
    );
    return 1;
  } catch (error) {
    // It expired, another erasure was first, or a request of its key began again. A repeat finds what is left.
    if (error instanceof ConditionalCheckFailedException) return 0;
    throw error;
  }
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
  const query = {
    TableName: deps.operationsTableName,
    IndexName: 'ofItem',
    KeyConditionExpression: 'itemPk = :item',
    ExpressionAttributeValues: marshall({ ':item': itemPartition(key) }),
  };
  for await (const image of queryItems(deps.dynamoDb, query, signal)) {
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
