import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CountedOrderItem,
  type CountedVersion,
  countedOrderKey,
} from '../../../contracts/entities/counted-order.ts';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { Version } from '../../../contracts/ids.ts';
import { type OrderStatus, STATUS_TRANSITIONS } from '../../../contracts/order-status.ts';
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
 * counted versions say, as far back as they go. A version that was never counted must fit between its neighbours, and an order keeps its lines for life.
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
  const versions = counted?.versions ?? [];
  if (known === undefined && counted !== undefined && counted.orderVersion > version)
    requireBetween(change, versions);
  if (current !== undefined) return requireOfItem(change, current, isOfLastLife(version, versions));
  const isKnown = known !== undefined || (counted !== undefined && counted.orderVersion > version);
  if (claimed !== undefined && !isKnown)
    throw new RemovalNotProcessedError('The order is deleted, and its removal is not processed');
}

/** An import may make an order again that was deleted: its first version begins another life. */
const isFirst = ({ notification }: CountedVersion): boolean => notification === 'order.placed';
const isOfLastLife = (version: Version, versions: readonly CountedVersion[]): boolean =>
  !versions.some((one) => one.version > version && (one.status === undefined || isFirst(one)));

/** A version that was not counted when a later one was. Its record is late, or it never was. */
function requireBetween(change: ChangeOf<'Order'>, versions: readonly CountedVersion[]): void {
  const status = change.kind === 'REMOVE' ? undefined : change.newItem.status;
  const before = versions.findLast(({ version }) => version < change.version);
  const after = versions.find(({ version }) => version > change.version);
  if (before === undefined && after !== undefined && isFirst(after))
    throw notOfTable('version', 'is below the first that the order had');
  const follows = change.kind === 'INSERT' || mayBecome(before?.status, status);
  const precedes = after === undefined || isFirst(after) || mayBecome(status, after.status);
  if (!(follows && precedes)) throw notOfTable('status', 'does not fit between those of the order');
}

/** Whether an order can come from one status to another, in any number of changes. A deleted one may be made again. */
const mayBecome = (from: OrderStatus | undefined, to: OrderStatus | undefined): boolean =>
  from === undefined ||
  to === undefined ||
  from === to ||
  STATUS_TRANSITIONS[from].some((next) => mayBecome(next, to));

/** An order keeps its lines while it lives, and comes from each of its statuses to the last. */
function requireOfItem(
  change: ChangeOf<'Order'>,
  item: Readonly<Record<string, unknown>>,
  isOfItsLife: boolean,
): void {
  const version = read(Version, item['version']).data;
  if (version === undefined) return;
  if (change.version > version) throw notOfTable('version', 'is above that of the item');
  const isCurrent = change.version === version;
  const claimed = change.kind === 'REMOVE' ? undefined : change.newItem;
  if (isCurrent && claimed === undefined) throw notOfTable('version', 'is that of the item, which is there');
  const order = read(OrderItem, item).data;
  if (order === undefined || claimed === undefined || !(isCurrent || isOfItsLife)) return;
  for (const field of ['lines', 'total', 'currency'] as const)
    if (!isDeepStrictEqual(claimed[field], order[field]))
      throw notOfTable(field, 'is another than the order has');
  const fits = isCurrent ? claimed.status === order.status : mayBecome(claimed.status, order.status);
  if (!fits) throw notOfTable('status', 'does not lead to that of the order');
}

const notOfTable = (field: string, message: string): RecordNotOfTableError =>
  new RecordNotOfTableError('The table has another state than the record', [
    { path: `NewImage.${field}`, message },
  ]);
