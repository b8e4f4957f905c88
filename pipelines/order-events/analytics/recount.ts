import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CountedOrderItem, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import type { DailyStatsItem } from '../../../contracts/entities/daily-stats.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import type { Day, OrderId } from '../../../contracts/ids.ts';
import { batchGet, decodeItem } from '../../dynamodb/read-items.ts';
import type { ContractViolationError } from '../../errors.ts';
import { DailyCounters, statsUpdateOf } from './stats-update.ts';

/** Counters by day; a counter that is absent is zero. */
export type CountersByDay = Map<Day, Readonly<Record<string, number>>>;

const COUNTER_NAME = /^(?:orders|units|revenue)_/;

/** What the stats must be, recounted from the orders. */
export function recount(orders: Iterable<OrderItem>): CountersByDay {
  const counters = new DailyCounters();
  for (const order of orders) counters.add(statsUpdateOf(order));
  return counters.nonZero();
}

/** What the stats are, in the form of {@link recount}, so that the two can be compared. */
export function countersOf(stats: Iterable<DailyStatsItem>): CountersByDay {
  const counters = new DailyCounters();
  for (const item of stats) addStats(counters, item);
  return counters.nonZero();
}

/** Adds the counters of a day's stats to `counters`. */
export function addStats(counters: DailyCounters, item: DailyStatsItem): void {
  for (const [name, value] of Object.entries(item)) {
    if (COUNTER_NAME.test(name) && typeof value === 'number') counters.increase(item.day, name, value);
  }
}

/** A counted order as it is in the table, or why it cannot be read. */
export type ReadCountedOrder = CountedOrderItem | ContractViolationError;

/**
 * Reads the counted orders of at most 100 orders, consistently; orders without one are absent from the result.
 *
 * @throws TransientError when keys remained unprocessed after all retries, or the SDK's own error.
 */
export async function readCountedOrders(
  dynamoDb: DynamoDBClient,
  tableName: string,
  orderIds: readonly OrderId[],
): Promise<Map<OrderId, ReadCountedOrder>> {
  const items = await batchGet(dynamoDb, tableName, orderIds.map(countedOrderKey));
  const itemByPartition = new Map(items.map((item) => [item['pk'], item]));
  const countedOrders = new Map<OrderId, ReadCountedOrder>();
  for (const orderId of orderIds) {
    const key = countedOrderKey(orderId);
    const item = itemByPartition.get(key.pk);
    if (item !== undefined)
      countedOrders.set(
        orderId,
        decodeItem(CountedOrderItem, item, key, 'The counted order breaks its contract'),
      );
  }
  return countedOrders;
}
