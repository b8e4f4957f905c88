import type { Day } from '../../contracts/ids.ts';
import type { DailyStatsItem } from '../../contracts/items/daily-stats.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import { contributionOf } from './contribution.ts';
import { DailyCounters } from './daily-counters.ts';

/** Counters by day; a counter that is absent is zero. */
export type CountersByDay = Map<Day, Readonly<Record<string, number>>>;

const COUNTER_NAME = /^(?:orders|units|revenue)_/;

/** What the stats must be, counted anew from the orders themselves. */
export function recount(orders: Iterable<OrderItem>): CountersByDay {
  const counters = new DailyCounters();
  for (const order of orders) counters.add(contributionOf(order));
  return counters.nonZero();
}

/** What the stats are, in the form of {@link recount}, so that the two can be compared. */
export function countersOf(stats: Iterable<DailyStatsItem>): CountersByDay {
  const counters = new DailyCounters();
  for (const item of stats) addStats(counters, item);
  return counters.nonZero();
}

/** Adds what the stats of a day say to `counters`. */
export function addStats(counters: DailyCounters, item: DailyStatsItem): void {
  for (const [name, value] of Object.entries(item)) {
    if (COUNTER_NAME.test(name) && typeof value === 'number') counters.increase(item.day, name, value);
  }
}
