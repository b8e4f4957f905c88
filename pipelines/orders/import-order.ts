import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { uuidToULID } from 'ulid';
import * as z from 'zod';
import { erasedShipTo, type OrderItem } from '../../contracts/entities/order.ts';
import { type Instant, OrderId, type UserId } from '../../contracts/ids.ts';
import type { ImportedOrder } from '../../contracts/imports/imported-order.ts';
import { parse, read } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, putNew } from '../dynamodb/commit.ts';
import { checkReservation } from './check-reservation.ts';
import { newOrder } from './new-order.ts';
import type { StatusSpread } from './status-index.ts';

const TIME_HEX_DIGITS = 12;
const HASH_HEX_DIGITS = 20;

/**
 * The id of an imported order: a ULID whose 48 bits of time are the order's date and whose other 80 bits are the first of
 * the SHA-256 of its user and source id. So it sorts by the order's date, the same order gets the same id whenever it is
 * imported, and no two users' orders share one, nor the reservation and the document that go by it.
 * See https://github.com/ulid/spec.
 */
export function importedOrderId(userId: UserId, sourceId: string, placedAt: Instant): OrderId {
  const time = Date.parse(placedAt).toString(16).padStart(TIME_HEX_DIGITS, '0');
  const hash = createHash('sha256')
    .update(JSON.stringify([userId, sourceId]))
    .digest('hex')
    .slice(0, HASH_HEX_DIGITS);
  // Both a UUID and a ULID are 128 bits: this is only another spelling of them.
  const uuid = `${time}${hash}`.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return parse(OrderId, uuidToULID(uuid));
}

export interface ImportOrderDeps extends StatusSpread {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * The result of an order: it is written; it exists already; an order that is recognised as the same exists with
 * other lines, currency or address, and was not changed; or such an order was removed and still holds stock.
 */
export type ImportResult = 'written' | 'already-there' | 'differs' | 'still-reserved';

/** The place of the order in the transaction; the check of its reservation comes after it. */
const ORDER_ACTION = 0;

/**
 * Writes an order of another system, with that system's prices and date, unless it has been imported before. It is
 * recognised by user, source id and date together, which its order id is made of. While a removed order of that id holds stock,
 * none is written: its goods have left, or its removal is not processed, and the new order would pass for the owner of that stock.
 */
export async function importOrder(deps: ImportOrderDeps, source: ImportedOrder): Promise<ImportResult> {
  const { placedAt, ...content } = source;
  const imported = {
    ...content,
    orderId: importedOrderId(source.userId, source.sourceId, placedAt),
    createdAt: placedAt,
    updatedAt: instantOf(deps.clock.now()),
    version: deps.clock.firstVersion(),
  };
  const order = newOrder(imported, deps.statusPartitions);
  try {
    await commit(deps.dynamoDb, [
      putNew(deps.tableName, order),
      checkReservation(deps.tableName, order.orderId, 'attribute_not_exists(pk) OR #state <> :reserved'),
    ]);
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    if (!error.failedActions.has(ORDER_ACTION)) return 'still-reserved';
    return isSameContent(error.itemFoundBy(ORDER_ACTION), order) ? 'already-there' : 'differs';
  }
}

/** What never changes of an order once it is placed. */
const Content = z.object({ lines: z.unknown(), currency: z.unknown(), shipTo: z.unknown() });

/** An order whose user was forgotten is the same without its address: a rejected row would ask a person to restore it. */
const isSameContent = (existing: unknown, order: OrderItem): boolean => {
  const found = read(Content, existing).data;
  const content = parse(Content, order);
  return [content, { ...content, shipTo: erasedShipTo(order.shipTo) }].some((one) =>
    isDeepStrictEqual(found, one),
  );
};
