import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { statusPartition } from '../../../contracts/entities/order.ts';
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

/** Moves pieces between the stock and the reserved ones, where there are enough, and room for them. */
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

/** Turns an order into `rejected` while it still is as it asked for the stock. `ttl`: when it then expires, in epoch seconds. */
export function rejectOrder(
  tableName: string,
  order: OrderItem,
  { now, ttl }: { readonly now: Instant; readonly ttl: number | undefined },
): TransactWriteItem {
  return updateItem(tableName, order, {
    ...order,
    status: 'rejected',
    GSI1PK: statusPartition('rejected'),
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

/** Some skus have fewer pieces than are to be moved, so nothing was. */
export class InsufficientStockError extends TransientError {
  override readonly code = 'insufficient-stock';
  readonly skus: ReadonlySet<Sku>;

  constructor(skus: Iterable<Sku>, options?: ErrorOptions) {
    super('There are fewer pieces than are to be moved', options);
    this.skus = new Set(skus);
  }
}

/** The table as the inventory sees it: reservations are read together, and written together with the stock that they move. */
export class StockTable {
  readonly #deps: StockTableDeps;

  constructor(deps: StockTableDeps) {
    this.#deps = deps;
  }

  /**
   * Reads the reservations of at most 100 orders, consistently; orders without one are absent from the answer.
   *
   * @throws ContractViolationError for one that breaks its contract.
   */
  async read(orderIds: readonly OrderId[]): Promise<Map<OrderId, ReservationItem>> {
    const { dynamoDb, tableName } = this.#deps;
    const items = await batchGet(dynamoDb, tableName, orderIds.map(reservationKey));
    const reservations = items.map((item) => parseItem(ReservationItem, item));
    return new Map(reservations.map((reservation) => [reservation.orderId, reservation]));
  }

  /**
   * Writes reservations and moves stock, or does nothing; at most 100 actions in all.
   *
   * @throws LostRaceError when a reservation is no longer as it was read; InsufficientStockError.
   */
  async write(reservations: readonly ReservationWrite[], moves: readonly StockChange[]): Promise<void> {
    const now = instantOf(this.#deps.clock.now());
    const actions = moves.map((move) => changeStock(this.#deps.tableName, move, now));
    try {
      await this.#commit(reservations, actions);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      const { failedActions } = error;
      const short = moves.filter((_, index) => failedActions.has(reservations.length + index));
      throw new InsufficientStockError(
        short.map(({ sku }) => sku),
        { cause: error },
      );
    }
  }

  /**
   * Writes a reservation together with `rejection`, or alone where the condition of that one does not hold.
   *
   * @throws LostRaceError when the reservation is no longer as it was read.
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
        throw new OptimisticLockError('A reservation changed while it was decided', { cause: error });
      }
      throw error;
    }
  }
}
