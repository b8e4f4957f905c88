import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CountedOrderItem, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { Version } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import { batchGet } from '../../dynamodb/read-items.ts';
import { OrderStreamError, PermanentError } from '../../errors.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';

/** The table with the current state of the items of records. */
export interface ReplayTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** A record claims a state that its item does not have, and never had. */
export class RecordNotOfTableError extends PermanentError {
  readonly code = 'record-not-of-table';
  readonly remedy =
    'Compare its images with the item (npm run ops -- dlq show). If the table was restored from a backup, run npm run ops -- verify, then purge the dead letter. Otherwise find out who wrote it, as the runbook says.';
}

/** The item of a record is deleted, and the stats do not know of its removal yet. */
export class RemovalNotProcessedError extends OrderStreamError {
  readonly code = 'removal-not-processed';
  readonly remedy =
    'Replay the dead letter of the removal first, then this one. Purge it if there is none: then nothing remains of the order.';
}

/**
 * Requires that the table agrees with a record that does not come from the stream itself: a principal that may write to the queue or the
 * bucket must not decide what becomes of an order. A genuine record is never newer than its item, since the read is consistent. What older versions were, the
 * counted versions say, as far back as they go.
 *
 * An item that violates its contract decides nothing.
 *
 * @throws RecordNotOfTableError; RemovalNotProcessedError; the SDK's own errors.
 */
export async function requireGenuine(
  change: ChangeOf<'Order'>,
  { dynamoDb, tableName }: ReplayTable,
): Promise<void> {
  const { key, version } = change;
  const { orderId } = change.kind === 'REMOVE' ? change.oldItem : change.newItem;
  const claimed = change.kind === 'REMOVE' ? undefined : change.newItem;
  const items = await batchGet(dynamoDb, tableName, [key, countedOrderKey(orderId)]);
  const current = items.find(({ pk }) => pk === key.pk);
  const counted = read(
    CountedOrderItem,
    items.find(({ pk }) => pk !== key.pk),
  ).data;
  const known = counted?.versions?.find((one) => one.version === version);
  if (known !== undefined && known.status !== claimed?.status)
    throw notOfTable('status', 'is another than that version of the order had');
  if (current !== undefined) return requireOfItem(change, current);
  const isKnown = known !== undefined || (counted !== undefined && counted.orderVersion > version);
  if (claimed !== undefined && !isKnown)
    throw new RemovalNotProcessedError('The order is deleted, and its removal is not processed');
}

/** A version that the item has passed is not compared with it. */
function requireOfItem(change: ChangeOf<'Order'>, item: Readonly<Record<string, unknown>>): void {
  const version = read(Version, item['version']).data;
  if (version === undefined || change.version < version) return;
  if (change.version > version) throw notOfTable('version', 'is above that of the item');
  const order = read(OrderItem, item).data;
  const isSame =
    change.kind !== 'REMOVE' &&
    (order === undefined || isDeepStrictEqual(effectsOf(change.newItem), effectsOf(order)));
  if (!isSame) throw notOfTable('version', 'is that of the item, which differs');
}

/** What stock, stats and events follow from. */
const effectsOf = ({ status, lines, total, currency }: OrderItem) => ({ status, lines, total, currency });

const notOfTable = (field: string, message: string): RecordNotOfTableError =>
  new RecordNotOfTableError('The table has another state than the record', [
    { path: `NewImage.${field}`, message },
  ]);
