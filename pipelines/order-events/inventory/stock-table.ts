import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { statusChange } from '../../../contracts/entities/order.ts';
import { PIECES_MAX, productKey } from '../../../contracts/entities/product.ts';
import { ReservationItem, reservationKey } from '../../../contracts/entities/reservation.ts';
import { type Instant, type OrderId, type Sku, versionAfter } from '../../../contracts/ids.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { ConditionsFailedError, commit, updateItem } from '../../dynamodb/commit.ts';
import { OptimisticLockError } from '../../dynamodb/optimistic-lock.ts';
import { batchGet, parseItem } from '../../dynamodb/read-items.ts';
import { TransientError } from '../../errors.ts';
import type { StockChange } from './reservation-step.ts';

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
  const Item = marshall(next, { removeUndefinedValues: true });
  return { Put: { TableName: tableName, Item, ...condition } };
}

/** Moves pieces between `stock` and `reserved`, where there are enough, and below the limit. */
export function changeStock(tableName: string, { sku, held }: StockChange, now: Instant): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: marshall(productKey(sku)),
      UpdateExpression:
        'SET stock = stock - :held, reserved = reserved + :held, version = version + :one, updatedAt = :now',
      ConditionExpression:
        held > 0 ? 'stock >= :needed AND reserved <= :room' : 'reserved >= :needed AND stock <= :room',
      ExpressionAttributeValues: marshall({
        ':held': held,
        ':needed': Math.abs(held),
        ':room': PIECES_MAX - Math.abs(held),
        ':one': 1,
        ':now': now,
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

/** The stock of some skus is insufficient, so no stock was changed. */
export class InsufficientStockError extends TransientError {
  override readonly code = 'insufficient-stock';
  readonly skus: ReadonlySet<Sku>;

  constructor(skus: Iterable<Sku>, options?: ErrorOptions) {
    super('The stock is insufficient', options);
    this.skus = new Set(skus);
  }
}

/** The table for the inventory: reservations are read together, and written together with the stock that they change. */
export class StockTable {
  readonly #deps: StockTableDeps;

  constructor(deps: StockTableDeps) {
    this.#deps = deps;
  }

  /**
   * Reads the reservations of at most 100 orders, consistently; orders without one are absent from the result.
   *
   * @throws ContractViolationError for one that violates its contract.
   */
  async read(orderIds: readonly OrderId[]): Promise<Map<OrderId, ReservationItem>> {
    const { dynamoDb, tableName } = this.#deps;
    const items = await batchGet(dynamoDb, tableName, orderIds.map(reservationKey));
    const reservations = items.map((item) => parseItem(ReservationItem, item));
    return new Map(reservations.map((reservation) => [reservation.orderId, reservation]));
  }

  /**
   * Writes reservations and stock changes, all or none; at most 100 actions in all.
   *
   * @throws OptimisticLockError when a reservation is no longer as it was read; InsufficientStockError.
   */
  async write(reservations: readonly ReservationWrite[], changes: readonly StockChange[]): Promise<void> {
    const now = instantOf(this.#deps.clock.now());
    const actions = changes.map((change) => changeStock(this.#deps.tableName, change, now));
    try {
      await this.#commit(reservations, actions);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      const { failedActions } = error;
      const insufficient = changes.filter((_, index) => failedActions.has(reservations.length + index));
      throw new InsufficientStockError(
        insufficient.map(({ sku }) => sku),
        { cause: error },
      );
    }
  }

  /**
   * Writes a reservation together with `rejection`, or alone where the condition of `rejection` does not hold.
   *
   * @throws OptimisticLockError when the reservation is no longer as it was read.
   */
  async writeRejected(reservation: ReservationWrite, rejection: TransactWriteItem): Promise<void> {
    try {
      await this.#commit([reservation], [rejection]);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      await this.#commit([reservation], []);
    }
  }

  async #commit(reservations: readonly ReservationWrite[], others: readonly TransactWriteItem[]) {
    const { dynamoDb, tableName } = this.#deps;
    const puts = reservations.map(({ next, read }) => putReservation(tableName, next, read));
    if (puts.length === 0) return;
    try {
      await commit(dynamoDb, [...puts, ...others]);
    } catch (error) {
      if (error instanceof ConditionsFailedError && puts.some((_, index) => error.failedActions.has(index))) {
        throw new OptimisticLockError('A reservation changed while its update was prepared', {
          cause: error,
        });
      }
      throw error;
    }
  }
}
