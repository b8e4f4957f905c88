import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { statusChange } from '../../../contracts/entities/order.ts';
import {
  LOW_STOCK_MAX,
  PIECES_MAX,
  ProductStock,
  productKey,
  stockPartition,
} from '../../../contracts/entities/product.ts';
import { ReservationItem, reservationKey } from '../../../contracts/entities/reservation.ts';
import { type Instant, type OrderId, type Sku, versionAfter } from '../../../contracts/ids.ts';
import { read, valueIssues } from '../../../contracts/reading.ts';
import type { Clock } from '../../clock.ts';
import { inChunks } from '../../dynamodb/batches.ts';
import { ConditionsFailedError, commit, updateItem } from '../../dynamodb/commit.ts';
import { OptimisticLockError } from '../../dynamodb/optimistic-lock.ts';
import { BATCH_GET_KEYS_MAX, batchGet, decodeItem } from '../../dynamodb/read-items.ts';
import type { ContractViolationError } from '../../errors.ts';
import type { StockChange } from './reservation-step.ts';
import { StockViolationError } from './stock-errors.ts';

/** Writes a reservation where it still is as it was read; `undefined`: where there still is none. */
export function putReservation(
  tableName: string,
  next: ReservationItem,
  read: ReservationItem | undefined,
): TransactWriteItem {
  const condition =
    read === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'version = :readVersion',
          ExpressionAttributeValues: marshall({ ':readVersion': read.version }),
        };
  return { Put: { TableName: tableName, Item: marshall(next), ...condition } };
}

/** A change of stock, and whether so much remains that the product need not be in the index of low stock. */
export interface StockWrite extends StockChange {
  readonly leavesPlenty: boolean;
}

/**
 * Moves pieces between `stock` and `reserved`, where there are enough, and below the limit. Pieces that are held put the product into
 * the index of low stock or take it out. Pieces that are released leave it where it is: an entry too many does no harm.
 */
export function changeStock(
  tableName: string,
  { sku, held, leavesPlenty }: StockWrite,
  now: Instant,
): TransactWriteItem {
  const index = held < 0 ? '' : leavesPlenty ? ' REMOVE GSI2PK' : ', GSI2PK = :partition';
  return {
    Update: {
      TableName: tableName,
      Key: marshall(productKey(sku)),
      UpdateExpression: `SET stock = stock - :held, reserved = reserved + :held, version = version + :one, updatedAt = :now${index}`,
      ConditionExpression:
        held > 0 ? 'stock >= :needed AND reserved <= :room' : 'reserved >= :needed AND stock <= :room',
      ExpressionAttributeValues: marshall({
        ':held': held,
        ':needed': Math.abs(held) + (held > 0 && leavesPlenty ? LOW_STOCK_MAX : 0),
        ':room': PIECES_MAX - Math.abs(held),
        ':one': 1,
        ':now': now,
        ...(held < 0 || leavesPlenty ? {} : { ':partition': stockPartition(sku) }),
      }),
    },
  };
}

/** Sets an order to `rejected` if it has not changed since its reservation request. `ttl`: when it then expires, in epoch seconds. */
export function rejectOrder(
  tableName: string,
  order: OrderItem,
  { now, ttl }: { readonly now: Instant; readonly ttl: number | undefined },
): TransactWriteItem {
  return updateItem(tableName, order, {
    ...order,
    ...statusChange(order, 'rejected'),
    version: versionAfter(order.version),
    updatedAt: now,
    ttl: ttl ?? order.ttl,
  });
}

export interface StockTableDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** A reservation to write, and what was read of it; `undefined`: there was none. */
export interface ReservationWrite {
  readonly next: ReservationItem;
  readonly read: ReservationItem | undefined;
}

/** Whether so many pieces are there, and can be counted as reserved. A product that does not exist has none. */
export const canHold = (
  { stock, reserved }: ProductStock = { stock: 0, reserved: 0 },
  pieces: number,
): boolean => pieces <= stock && pieces <= PIECES_MAX - reserved;

/** What orders need to know of the table before they are decided. An item that cannot be read is why. */
export interface StockRead {
  readonly reservations: ReadonlyMap<OrderId, ReservationItem | ContractViolationError>;
  /** A product that does not exist has no pieces, and is absent. */
  readonly stocks: ReadonlyMap<Sku, ProductStock>;
  readonly brokenStocks: ReadonlyMap<Sku, StockViolationError>;
}

/** Reads the reservations of orders and the stock of products, consistently. @throws TransientError, or the SDK's own error. */
export async function readStock(
  { dynamoDb, tableName }: StockTableDeps,
  orderIds: readonly OrderId[],
  skus: readonly Sku[],
): Promise<StockRead> {
  const keys = [...orderIds.map(reservationKey), ...skus.map(productKey)];
  const items = await inChunks(keys, BATCH_GET_KEYS_MAX, (chunk) => batchGet(dynamoDb, tableName, chunk));
  const byPartition = new Map(items.map((item) => [item['pk'], item]));
  const reservations = new Map<OrderId, ReservationItem | ContractViolationError>();
  for (const orderId of orderIds) {
    const key = reservationKey(orderId);
    const item = byPartition.get(key.pk);
    if (item !== undefined)
      reservations.set(
        orderId,
        decodeItem(ReservationItem, item, key, 'The reservation breaks its contract'),
      );
  }
  const stocks = new Map<Sku, ProductStock>();
  const brokenStocks = new Map<Sku, StockViolationError>();
  for (const sku of skus) {
    const { pk } = productKey(sku);
    const item = byPartition.get(pk);
    if (item === undefined) continue;
    const stock = read(ProductStock, item);
    if (stock.success) stocks.set(sku, stock.data);
    else
      brokenStocks.set(
        sku,
        new StockViolationError('The stock of a product cannot be read', valueIssues(stock.error, pk)),
      );
  }
  return { reservations, stocks, brokenStocks };
}

/**
 * Writes the reservation of a refused order together with its status `rejected`, or alone where the order has changed meanwhile.
 *
 * @throws OptimisticLockError when the reservation is no longer as it was read.
 */
export async function writeRejected(
  { dynamoDb, tableName }: StockTableDeps,
  { next, read: found }: ReservationWrite,
  rejection: TransactWriteItem,
): Promise<void> {
  const put = putReservation(tableName, next, found);
  try {
    await commit(dynamoDb, [put, rejection]);
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    if (error.failedActions.has(0)) throw reservationChanged(error);
    await commit(dynamoDb, [put]).catch((again: unknown) => {
      throw again instanceof ConditionsFailedError ? reservationChanged(again) : again;
    });
  }
}

/** Another delivery of the order's records wrote its reservation first. */
export const reservationChanged = (cause: ConditionsFailedError): OptimisticLockError =>
  new OptimisticLockError('A reservation changed while its update was prepared', { cause });
